import { type ConditionState, setter } from '../../api/status/conditions.ts';
import type { Observation } from '../observe/observation.ts';
import { judgedPods } from './judged-pods.ts';

/** The condition Delivering, from the reports of the exporter's pods. */
export function deliveringCondition(observation: Observation): ConditionState {
  const state = setter('Delivering');
  if (!observation.resource.spec.enabled) {
    return state('False', 'Disabled', 'spec.enabled is false: nothing is exported');
  }
  const pods = judgedPods(observation);
  if (pods.length === 0) return state('Unknown', 'NoPod', 'no exporter pod runs');
  const problem = pods.flatMap(({ report }) => report?.problems ?? [])[0];
  if (problem !== undefined) return state('False', problem.reason, problem.message);
  const silent = pods.filter(({ report }) => report === undefined);
  if (silent.length > 0 && silent.every(({ ready }) => ready))
    return state('Unknown', 'NoReport', NO_REPORT);
  if (pods.some(({ report }) => report?.delivering !== true)) {
    return state('False', 'Starting', 'the exporter has not reached its source and its topics yet');
  }
  const exported = pods.some(({ report }) => (report?.recordsExported ?? 0) > 0);
  return state('True', 'Delivering', exported ? RECORDS : NO_RECORDS);
}

const RECORDS = 'records reach Kafka';
const NO_RECORDS =
  'the exporter reads its source and can write to its topics; since it started, there was no record to export';
/** Why nothing is known about pods that the kubelet finds ready. */
export const NO_REPORT =
  'the pods are ready, but do not answer the operator on port 8080, so lag, problems and credentials are not known: let the operator through NetworkPolicies and the service mesh, or run the operator with --pod-access proxy';
