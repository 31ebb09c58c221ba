import { type ConditionState, setter } from '../../api/status/conditions.ts';
import type { Observation } from '../observe/observation.ts';

/**
 * The condition NotMonitored, which exists only while it is true: the spec asks for a PodMonitor, but the cluster has no such kind.
 * The resource can still be ready.
 */
export function monitorCondition({
  resource,
  servesPodMonitors,
}: Observation): readonly ConditionState[] {
  if (resource.spec.podMonitor === undefined || servesPodMonitors) return [];
  return [
    setter('NotMonitored')(
      'True',
      'PodMonitorUnknown',
      'spec.podMonitor has no effect: the API server has no PodMonitors (monitoring.coreos.com/v1), or the operator may not list them; install the Prometheus Operator, or remove spec.podMonitor',
    ),
  ];
}
