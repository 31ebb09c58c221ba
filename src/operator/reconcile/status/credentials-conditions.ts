import type { ProblemReason } from '../../../exporter/contract/status-report.ts';
import { type ConditionState, setter } from '../../api/status/conditions.ts';
import type { CandidateCredentials, CredentialSet } from '../../desired/secret.ts';
import type { Desired } from '../desired-state.ts';
import type { Observation, ObservedPod } from '../observe/observation.ts';
import { NO_REPORT } from './delivering-condition.ts';

/** Problems where a server does not answer, and so does not refuse the credentials. */
const SILENT: ReadonlySet<ProblemReason> = new Set([
  'BrokerUnreachable',
  'BrokerWithoutTls',
  'KafkaNotReady',
  'NotEnoughReplicas',
  'TokenEndpointUnreachable',
  'ClickHouseUnreachable',
]);

/** Problems with which a server refuses the credentials, whatever it accepted before. */
const REFUSALS: ReadonlySet<ProblemReason> = new Set([
  'ClientCertificateRejected',
  'KafkaAuthenticationFailed',
  'TokenRefused',
  'ClickHouseClientCertificateRejected',
  'ClickHouseAuthenticationFailed',
]);

const applied = setter('CredentialsApplied');

/**
 * The condition CredentialsApplied: where the newest credentials stand. They are resolved, tried by the pods, published, and in
 * use by n of m pods.
 */
export function credentialsAppliedCondition(
  desired: Extract<Desired, { kind: 'desired' }>,
  { mayPatchPods, pods }: Pick<Observation, 'mayPatchPods' | 'pods'>,
): ConditionState {
  if (!desired.authenticated) {
    return applied('True', 'NotNeeded', 'the resource refers to no Secret');
  }
  const { candidate, published } = desired.publication;
  if (published === undefined) {
    return applied('False', 'NotPublished', 'there are no complete credentials yet');
  }
  const running = pods.filter((pod) => pod.running);
  if (running.length === 0) {
    const { revision } = candidate ?? published;
    return applied('Unknown', 'NoPod', `no exporter pod runs that could use revision ${revision}`);
  }
  const state =
    candidate === undefined
      ? publishedCondition(published, running)
      : candidateCondition(candidate, published, running);
  const waits = state.reason === 'Trying' || state.reason === 'Pending';
  return waits && !mayPatchPods ? { ...state, message: `${state.message}; ${UNTOLD}` } : state;
}

/** Why a new revision reaches the pods late. */
const UNTOLD =
  'the operator may not patch pods, so their kubelet refreshes the Secret by itself, usually within 90 seconds';

/** Candidate credentials: they are tried, or refused. The published ones stay in use. */
function candidateCondition(
  { revision }: CandidateCredentials,
  published: CredentialSet,
  running: readonly ObservedPod[],
): ConditionState {
  const kept = `revision ${published.revision} stays published, and is in use by ${usage(published, running)}`;
  const updated = running.filter((pod) => pod.updated);
  const problem = (updated.length > 0 ? updated : running)
    .map(({ report }) => report?.candidate)
    .find((tried) => tried?.revision === revision && tried.problem !== undefined)?.problem;
  if (problem === undefined) {
    return applied(
      'False',
      'Trying',
      `revision ${revision} of the credentials is resolved, and the pods try it; ${kept}`,
    );
  }
  const { message, reason } = problem;
  return SILENT.has(reason)
    ? applied(
        'False',
        reason,
        `the pods cannot try revision ${revision} of the credentials at ${serverOf(reason)}, so it is not published; ${kept}: ${message}`,
      )
    : applied(
        'False',
        'CredentialsRefused',
        `the pods have tried revision ${revision} of the credentials, and ${serverOf(reason)} refuses it, so it is not published; ${kept}: ${message}`,
      );
}

/** Published credentials: every pod has authenticated with them, or why not. */
function publishedCondition(
  published: CredentialSet,
  running: readonly ObservedPod[],
): ConditionState {
  const { revision } = published;
  const reports = running.flatMap(({ report }) => report ?? []);
  const renewal = reports.find(
    ({ renewalProblem }) =>
      renewalProblem !== undefined && (renewalProblem.credentialsRevision ?? revision) === revision,
  );
  if (renewal?.renewalProblem !== undefined) {
    const { reason, message } = renewal.renewalProblem;
    return applied(
      'False',
      SILENT.has(reason) ? reason : 'CredentialsRefused',
      `the exporter cannot make new connections to ${serverOf(reason)} with revision ${revision} of the credentials; connections with revision ${renewal.credentialsRevision ?? revision} continue: ${message}`,
    );
  }
  const refusal = reports
    .flatMap(({ problems }) => problems)
    .find(({ reason }) => REFUSALS.has(reason));
  if (refusal !== undefined) {
    return applied(
      'False',
      'CredentialsRefused',
      `${serverOf(refusal.reason)} refuses revision ${revision} of the credentials: ${refusal.message}`,
    );
  }
  const behind = running.filter(({ report }) => report?.credentialsRevision !== revision);
  if (behind.length === 0) {
    return applied('True', 'Applied', `every pod has authenticated with revision ${revision}`);
  }
  if (behind.every(({ ready, report }) => ready && report === undefined)) {
    return applied('Unknown', 'NoReport', NO_REPORT);
  }
  return applied(
    'False',
    'Pending',
    `revision ${revision} of the credentials is published, and in use by ${usage(published, running)}`,
  );
}

function usage({ revision }: CredentialSet, running: readonly ObservedPod[]): string {
  const using = running.filter(({ report }) => report?.credentialsRevision === revision).length;
  return `${using} of ${running.length} pods`;
}

function serverOf(reason: ProblemReason): string {
  return reason.startsWith('ClickHouse') ? 'ClickHouse' : 'Kafka';
}

/** The condition CredentialsResolved: whether the referenced Secrets are complete. */
export function credentialsResolvedCondition(
  desired: Extract<Desired, { kind: 'desired' }>,
): ConditionState {
  const { credentials, credentialWarnings: warnings, publication } = desired;
  const state = setter('CredentialsResolved');
  if (credentials.kind === 'refused') {
    const kept =
      publication.published === undefined ? '' : '; the last valid credentials stay in use';
    return state('False', credentials.reason, `${credentials.message}${kept}`);
  }
  if (warnings.length > 0) return state('True', 'NewlineAtEnd', warnings.join('; '));
  return desired.authenticated
    ? state('True', 'Resolved', 'every referenced Secret is complete')
    : state('True', 'NotNeeded', 'the resource refers to no Secret');
}
