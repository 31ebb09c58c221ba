import type { ProblemReason } from '../../../exporter/contract/status-report.ts';
import { type ConditionState, setter } from '../../api/conditions.ts';
import type { Desired } from '../desired-state.ts';
import type { Observation } from '../observe/observation.ts';

/** The condition Delivering, from the reports of the exporter's pods. */
export function deliveringCondition(observation: Observation): ConditionState {
  const state = setter('Delivering');
  if (!observation.resource.spec.enabled) {
    return state('False', 'Disabled', 'spec.enabled is false: nothing is exported');
  }
  const running = observation.pods.filter((pod) => pod.running);
  if (running.length === 0) return state('Unknown', 'NoPod', 'no exporter pod runs');
  const problem = running.flatMap(({ report }) => report?.problems ?? [])[0];
  if (problem !== undefined) return state('False', problem.reason, problem.message);
  if (running.some(({ report }) => report === undefined)) {
    return state(
      'Unknown',
      'NoReport',
      'the exporter does not answer on port 8080: check NetworkPolicies and the log of the pod',
    );
  }
  if (running.some(({ report }) => report?.delivering !== true)) {
    return state('False', 'Starting', 'the exporter has not reached its source and its topics yet');
  }
  return state('True', 'Delivering', 'records reach Kafka');
}

/** Problems where a server does not answer, and so does not refuse the credentials. */
const SILENT: ReadonlySet<ProblemReason> = new Set([
  'BrokerUnreachable',
  'BrokerWithoutTls',
  'KafkaNotReady',
  'NotEnoughReplicas',
  'TokenEndpointUnreachable',
  'ClickHouseUnreachable',
]);

function serverOf(reason: ProblemReason): string {
  return reason.startsWith('ClickHouse') ? 'ClickHouse' : 'Kafka';
}

/** The condition CredentialsApplied: whether every pod has authenticated with the published credentials. */
export function credentialsAppliedCondition(
  desired: Extract<Desired, { kind: 'desired' }>,
  observation: Observation,
): ConditionState {
  const state = setter('CredentialsApplied');
  if (!desired.authenticated) {
    return state('True', 'NotNeeded', 'the resource refers to no Secret');
  }
  if (desired.published === undefined) {
    return state('False', 'NotPublished', 'there are no complete credentials yet');
  }
  const { revision } = desired.published;
  const running = observation.pods.filter((pod) => pod.running);
  if (running.length === 0) {
    return state('Unknown', 'NoPod', `no exporter pod runs that could use revision ${revision}`);
  }
  const renewal = running.find(({ report }) => report?.renewalProblem !== undefined)?.report;
  if (renewal?.renewalProblem !== undefined) {
    const { reason, message } = renewal.renewalProblem;
    return state(
      'False',
      SILENT.has(reason) ? reason : 'CredentialsRefused',
      `the exporter cannot make new connections to ${serverOf(reason)} with revision ${revision} of the credentials; connections with revision ${renewal.credentialsRevision ?? revision} continue: ${message}`,
    );
  }
  return running.every(({ report }) => report?.credentialsRevision === revision)
    ? state('True', 'Applied', `every pod has authenticated with revision ${revision}`)
    : state('False', 'Pending', `not every pod has authenticated with revision ${revision} yet`);
}

/** The condition CredentialsResolved: whether the referenced Secrets are complete. */
export function credentialsResolvedCondition(
  desired: Extract<Desired, { kind: 'desired' }>,
): ConditionState {
  const { credentials, credentialWarnings: warnings, published } = desired;
  const state = setter('CredentialsResolved');
  if (credentials.kind === 'refused') {
    const kept = published === undefined ? '' : '; the last valid credentials stay in use';
    return state('False', credentials.reason, `${credentials.message}${kept}`);
  }
  if (warnings.length > 0) return state('True', 'NewlineAtEnd', warnings.join('; '));
  return desired.authenticated
    ? state('True', 'Resolved', 'every referenced Secret is complete')
    : state('True', 'NotNeeded', 'the resource refers to no Secret');
}
