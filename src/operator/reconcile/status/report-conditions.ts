import type { ProblemReason } from '../../../exporter/contract/status-report.ts';
import { type ConditionState, setter } from '../../api/conditions.ts';
import type { Desired } from '../desired-state.ts';
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
const NO_REPORT =
  'the pods are ready, but do not answer the operator on port 8080, so lag, problems and credentials are not known: let the operator through NetworkPolicies and the service mesh, or run the operator with --pod-access proxy';

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

/** Problems with which a server refuses the credentials, whatever it accepted before. */
const REFUSALS: ReadonlySet<ProblemReason> = new Set([
  'ClientCertificateRejected',
  'KafkaAuthenticationFailed',
  'TokenRefused',
  'ClickHouseClientCertificateRejected',
  'ClickHouseAuthenticationFailed',
]);

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
  const refusal = running
    .flatMap(({ report }) => report?.problems ?? [])
    .find(({ reason }) => REFUSALS.has(reason));
  if (refusal !== undefined) {
    return state(
      'False',
      'CredentialsRefused',
      `${serverOf(refusal.reason)} refuses revision ${revision} of the credentials: ${refusal.message}`,
    );
  }
  const behind = running.filter(({ report }) => report?.credentialsRevision !== revision);
  if (behind.length === 0) {
    return state('True', 'Applied', `every pod has authenticated with revision ${revision}`);
  }
  if (behind.every(({ ready, report }) => ready && report === undefined)) {
    return state('Unknown', 'NoReport', NO_REPORT);
  }
  return state(
    'False',
    'Pending',
    `${running.length - behind.length} of ${running.length} pods have authenticated with revision ${revision}`,
  );
}

/** The condition CredentialsResolved: whether the referenced Secrets are complete. */
export function credentialsResolvedCondition(
  desired: Extract<Desired, { kind: 'desired' }>,
): ConditionState {
  const { credentials, published } = desired;
  const state = setter('CredentialsResolved');
  if (credentials.kind === 'refused') {
    const kept = published === undefined ? '' : '; the last valid credentials stay in use';
    return state('False', credentials.reason, `${credentials.message}${kept}`);
  }
  return desired.authenticated
    ? state('True', 'Resolved', 'every referenced Secret is complete')
    : state('True', 'NotNeeded', 'the resource refers to no Secret');
}
