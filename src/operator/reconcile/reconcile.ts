import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../lib/clock.ts';
import { firstProblems } from '../../lib/first-problems.ts';
import type { Logger } from '../../lib/logger.ts';
import {
  type KafkaExporter,
  kafkaExporter,
  type KafkaExporterStatus,
  kafkaExporterStatus,
} from '../api/kafka-exporter.ts';
import { findCondition } from '../api/status/conditions.ts';
import type { SecretLabel } from '../credentials/permitted-secret.ts';
import { newestRevision, readPublication, TRIAL_MS } from '../credentials/publish-credentials.ts';
import type { ReconcileResult } from '../controller/controller.ts';
import type { PodAllowances } from '../desired/pod-allowances.ts';
import { buildDesired, type SpecRefusal } from './desired-state.ts';
import { FIELD_MANAGER, type KubeClient } from '../kube/kube-client.ts';
import { KubeError } from '../kube/kube-error.ts';
import { keyOf, type KubeObject } from '../kube/kube-object.ts';
import type { PodReports } from '../pods/pod-reports.ts';
import { applyPlan } from './apply/apply.ts';
import type { EventRecorder } from './status/event-recorder.ts';
import type { Observation } from './observe/observation.ts';
import { observe } from './observe/observe.ts';
import type { PodPatches } from './pod-patches.ts';
import type { Outcome, WriteOutcome } from './outcome.ts';
import { lastValidResource } from './observe/last-valid-resource.ts';
import { trialsOf } from './observe/trials.ts';
import type { WriteGuard } from './apply/write-guard.ts';
import { isEmptyPlan, planWrites } from './apply/plan.ts';
import { statusOf, type StatusResult } from './status/status.ts';
import { transitionsOf } from './status/transitions.ts';
import type { WatchedObjects } from './observe/watched-objects.ts';

/** What reconciling needs. */
export interface ReconcileDeps {
  readonly client: KubeClient;
  readonly watched: WatchedObjects;
  readonly reports: PodReports;
  readonly events: EventRecorder;
  readonly guard: WriteGuard;
  readonly podPatches: PodPatches;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Image of the exporter's pods. */
  readonly image: string;
  /** The value of `--installation`; empty: none. */
  readonly installation: string;
  /** The value of `--platform-security-context`. */
  readonly platformSecurityContext: boolean;
  /** The value of `--require-secret-label`. Absent: Secrets need no label. */
  readonly secretLabel?: SecretLabel | undefined;
  /** What the pods may have. Absent: everything. */
  readonly podAllowances?: PodAllowances | undefined;
}

/** A refused or conflicting object may become acceptable without any change that the operator watches. */
const LOOK_AGAIN_MS = 60_000;
/** A failure shows in the status after this number of attempts, which take about a second. One lost answer means nothing. */
const QUIET_ATTEMPTS = 8;
const FAILURE_CHARACTERS_MAX = 1_000;

/**
 * Brings the cluster into the state that one resource describes: observe, desired, plan, apply, status. It depends only on the
 * state, never on the event that caused it, so it may run at any time and any number of times.
 *
 * @param attempt how often reconciling this resource has failed in a row.
 * @throws when objects cannot be observed or written. A failure that lasts is also in the status.
 */
export async function reconcile(
  deps: ReconcileDeps,
  key: string,
  attempt: number,
): Promise<ReconcileResult> {
  const live = deps.watched.resources.get(key);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) {
    deps.reports.forget(key);
    if (live === undefined) deps.watched.specs.forget(key);
    else deps.watched.specs.set(key, undefined);
    return { kind: 'done' };
  }
  const previous = kafkaExporterStatus.safeParse(live['status']).data ?? {};
  try {
    return await reconcileLive(deps, live, previous);
  } catch (error) {
    if (attempt >= QUIET_ATTEMPTS) {
      await report(deps, { live, previous }, { kind: 'failed', message: messageOf(error) });
    }
    throw error;
  }
}

async function reconcileLive(
  deps: ReconcileDeps,
  live: KubeObject,
  previous: KafkaExporterStatus,
): Promise<ReconcileResult> {
  const parsed = kafkaExporter.safeParse(live);
  if (!parsed.success) {
    const problems = firstProblems(
      parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`),
    );
    return reconcileLastValid(deps, { live, previous }, { reason: 'InvalidSpec', problems });
  }
  const observation = await observe(deps, parsed.data, previous);
  const outcome = await bringAbout(deps, observation);
  const subject = { live, previous, observation: refreshed(deps, observation) };
  if (outcome.kind === 'invalid') {
    const { reason, problems } = outcome;
    return reconcileLastValid(deps, subject, { reason, problems });
  }
  deps.watched.specs.set(keyOf(live), parsed.data);
  return report(deps, subject, outcome);
}

/** Cares for what runs while the spec is invalid: the last valid spec goes on being reconciled, unless it is not kept. */
async function reconcileLastValid(
  deps: ReconcileDeps,
  subject: Subject,
  refused: SpecRefusal,
): Promise<ReconcileResult> {
  const { live, previous } = subject;
  const lastValid = await lastValidResource(deps.client, live);
  deps.watched.specs.set(keyOf(live), lastValid);
  if (lastValid === undefined) return report(deps, subject, { kind: 'invalid', ...refused });
  const observation = await observe(deps, lastValid, previous);
  const outcome = await bringAbout(deps, observation, true);
  const now = { live, previous, observation: refreshed(deps, observation) };
  return report(deps, now, outcome.kind === 'reconciled' ? { ...outcome, refused } : outcome);
}

function messageOf(error: unknown): string {
  const why =
    error instanceof KubeError
      ? error.message.slice(0, FAILURE_CHARACTERS_MAX)
      : 'an unexpected error, which is in the log of the operator: report it';
  return `the operator cannot reconcile the resource, and tries again: ${why}`;
}

async function bringAbout(
  deps: ReconcileDeps,
  observation: Observation,
  acceptedBefore = false,
): Promise<Outcome> {
  const { resource, configMaps, managedSecret, pods, secrets, servesPodMonitors } = observation;
  const { appliedRevision, statusRevision } = observation;
  const desired = buildDesired(resource, {
    image: deps.image,
    installation: deps.installation,
    platformSecurityContext: deps.platformSecurityContext,
    secretLabel: deps.secretLabel,
    podAllowances: deps.podAllowances,
    acceptedBefore,
    secrets,
    configMaps,
    earlier: { secret: managedSecret, appliedRevision, statusRevision },
    trials: trialsOf(pods, resource.spec, {
      candidate: readPublication(managedSecret).candidate?.revision,
      nowMs: deps.clock.now(),
    }),
    servesPodMonitors,
  });
  if (desired.kind === 'invalid') return desired;
  const plan = planWrites(desired, observation, { manager: FIELD_MANAGER, guard: deps.guard });
  let writes: WriteOutcome = { kind: 'applied' };
  if (resource.spec.suspend) {
    writes = { kind: 'suspended', pending: plan.apply.length + plan.strip.length };
  } else if (!isEmptyPlan(plan)) {
    const revision = newestRevision(desired.publication);
    writes = await applyPlan(deps, plan, { owner: resource.metadata, revision });
    logWrites(deps, resource, { applied: plan.apply.map(({ kind }) => kind), writes });
  }
  return { kind: 'reconciled', desired, writes, contested: plan.contested };
}

interface Subject {
  readonly live: KubeObject;
  readonly previous: KafkaExporterStatus;
  readonly observation?: Observation;
}

async function report(
  deps: ReconcileDeps,
  subject: Subject,
  outcome: Outcome,
): Promise<ReconcileResult> {
  const { live, previous, observation } = subject;
  const { generation = 0, name } = live.metadata;
  const nowMs = deps.clock.now();
  const next = statusOf({
    resourceName: name,
    generation,
    outcome,
    observation,
    sharedTopics: deps.watched.specs.sharedBy(keyOf(live)),
    previous,
    nowMs,
  });
  const { status } = next;
  if (!isSameStatus(status, previous)) {
    const written = await writeStatus(deps, live, status);
    if (!written) return { kind: 'done' };
    for (const transition of transitionsOf(previous, status)) {
      await deps.events.record(live, transition);
    }
  }
  deps.reports.pace(keyOf(live), isReady(status));
  return resultOf(outcome, next);
}

/** Writes a status. Returns false if the resource is gone or another resource has its name now. */
async function writeStatus(
  deps: ReconcileDeps,
  live: KubeObject,
  status: KafkaExporterStatus,
): Promise<boolean> {
  const { apiVersion, kind } = live;
  const { name, namespace = '', uid } = live.metadata;
  const manifest = { apiVersion, kind, metadata: { name, namespace, uid }, status };
  try {
    deps.watched.note(await deps.client.applyStatus(manifest));
    return true;
  } catch (error) {
    if (error instanceof KubeError && ['missing', 'conflict'].includes(error.failure)) return false;
    throw error;
  }
}

/** Compares without the order of conditions: the API server merges them by type and may change their order. */
function isSameStatus(a: KafkaExporterStatus, b: KafkaExporterStatus): boolean {
  const sorted = (status: KafkaExporterStatus): KafkaExporterStatus => ({
    ...status,
    conditions: (status.conditions ?? []).toSorted((x, y) => x.type.localeCompare(y.type)),
  });
  return isDeepStrictEqual(sorted(a), sorted(b));
}

function isReady(status: KafkaExporterStatus): boolean {
  return findCondition(status.conditions, 'Ready')?.status === 'True';
}

function resultOf(outcome: Outcome, next: StatusResult): ReconcileResult {
  const writes = outcome.kind === 'reconciled' ? outcome.writes.kind : 'applied';
  if (writes === 'failed') return { kind: 'retry' };
  if (writes === 'conflict' || writes === 'rejected') {
    return { kind: 'lookAgain', afterMs: LOOK_AGAIN_MS };
  }
  const waiting =
    outcome.kind === 'reconciled' && outcome.desired.publication.candidate !== undefined;
  const lookAgainMs = waiting ? Math.min(next.lookAgainMs ?? TRIAL_MS, TRIAL_MS) : next.lookAgainMs;
  return lookAgainMs === undefined ? { kind: 'done' } : { kind: 'lookAgain', afterMs: lookAgainMs };
}

/** The same observation, with the objects as they were just written, and the rights as the writes have shown them. */
function refreshed(deps: ReconcileDeps, observation: Observation): Observation {
  const { namespace, uid } = observation.resource.metadata;
  const mayPatchPods = !deps.podPatches.isRefused(namespace);
  return { ...observation, owned: deps.watched.ownedBy(uid), mayPatchPods };
}

function logWrites(
  deps: ReconcileDeps,
  resource: KafkaExporter,
  data: { readonly applied: readonly string[]; readonly writes: WriteOutcome },
): void {
  deps.logger.info({ resource: keyOf(resource), ...data }, 'wrote objects');
}
