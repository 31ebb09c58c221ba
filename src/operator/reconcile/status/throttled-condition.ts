import { type ConditionState, setter } from '../../api/status/conditions.ts';
import type { Observation } from '../observe/observation.ts';

/**
 * The condition Throttled, which exists only while it is true: a quota of Kafka slows a pod down. The resource can
 * still be ready.
 */
export function throttledCondition({ resource, pods }: Observation): readonly ConditionState[] {
  if (!resource.spec.enabled) return [];
  const throttled = pods.flatMap(({ running, report }) =>
    running && report?.throttled !== undefined ? [report.throttled] : [],
  );
  const [message] = throttled.toSorted();
  if (message === undefined) return [];
  const running = pods.filter((pod) => pod.running).length;
  const scope = `${throttled.length} of ${running} pods: `;
  return [setter('Throttled')('True', 'KafkaQuotaExceeded', `${scope}${message}`)];
}
