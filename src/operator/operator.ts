import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { type ControllerObserver, runController } from './controller/controller.ts';
import { createWorkQueue, type WorkQueueObserver } from './controller/work-queue.ts';
import type { SecretLabel } from './credentials/permitted-secret.ts';
import type { PodAllowances } from './desired/pod-allowances.ts';
import type { KubeClient } from './kube/kube-client.ts';
import type { KubeObject } from './kube/kube-object.ts';
import { runReflector } from './kube/reflector.ts';
import { createPodReports } from './pods/pod-reports.ts';
import type { PodStatusReader } from './pods/pod-status-reader.ts';
import { createEventRecorder } from './reconcile/status/event-recorder.ts';
import { createWriteGuard } from './reconcile/apply/write-guard.ts';
import { createPodPatches } from './reconcile/pod-patches.ts';
import { reconcile } from './reconcile/reconcile.ts';
import { createWatchedObjects } from './reconcile/observe/watched-objects.ts';

/** What an operator needs. */
export interface OperatorDeps {
  readonly client: KubeClient;
  readonly podStatus: PodStatusReader;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics?: { readonly controller: ControllerObserver; readonly queue: WorkQueueObserver };
  /** Absent: this operator is the only one, and always leads. */
  readonly whileLeading?: WhileLeading | undefined;
}

/**
 * Does the work, which is all that writes, while this operator leads. Resolves when the work has ended, and at once when the
 * leadership is lost.
 */
export type WhileLeading = (work: () => Promise<void>, signal: AbortSignal) => Promise<void>;

/** How an operator runs. */
export interface OperatorOptions {
  /** Image of the exporter's pods. */
  readonly image: string;
  /** The value of `--installation`; empty: none. */
  readonly installation: string;
  /** The value of `--platform-security-context`. Absent: false. */
  readonly platformSecurityContext?: boolean;
  /** The value of `--require-secret-label`. Absent: Secrets need no label. */
  readonly secretLabel?: SecretLabel | undefined;
  /** What the pods of exporters may have. Absent: everything. */
  readonly podAllowances?: PodAllowances | undefined;
  /** Namespaces to watch; none: all. */
  readonly namespaces: readonly string[];
  /** Name of the instance that writes Events, such as the operator's pod. */
  readonly instance: string;
}

/** A running operator. */
export interface Operator {
  /** True once all watched objects are listed. Before that, nothing is reconciled. */
  isSynced(): boolean;
  /** The KafkaExporters as they are known now, without managed fields. */
  resources(): readonly KubeObject[];
  /** Reconciles every resource again, as after a restart. */
  resync(): void;
  /** Waits for the running reconciliations and ends all watches. */
  stop(): Promise<void>;
}

/** Number of resources that are reconciled at the same time. */
export const WORKERS = 8;
const SYNC_POLL_MS = 20;

/**
 * All resources are reconciled again from time to time, in case an event is lost. This writes nothing if
 * nothing differs.
 */
const RESYNC_MS = 600_000;

/** Starts watching and reconciling. Returns at once; `isSynced` is true when reconciling begins. */
export function startOperator(deps: OperatorDeps, options: OperatorOptions): Operator {
  const { clock, client, logger, metrics } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const queue = createWorkQueue({
    clock,
    ...(metrics === undefined ? {} : { observer: metrics.queue }),
  });
  const enqueue = (key: string): void => {
    queue.add(key);
  };
  const watched = createWatchedObjects(options.namespaces, enqueue);
  const reports = createPodReports({ reader: deps.podStatus, clock, onChange: enqueue });
  const events = createEventRecorder({ client, clock, logger, instance: options.instance });
  const context = {
    client,
    watched,
    reports,
    events,
    guard: createWriteGuard(() => clock.monotonicMs()),
    podPatches: createPodPatches(
      () => clock.monotonicMs(),
      (namespace) => {
        logger.warn({ namespace }, 'may not patch pods: new credentials reach them later');
      },
    ),
    clock,
    logger,
    ...withDefaults(options),
  };

  const control = async (): Promise<void> => {
    while (!watched.isSynced() && !signal.aborted) await clock.sleep(SYNC_POLL_MS, signal);
    if (signal.aborted) return;
    logger.info({ resources: watched.resources.size() }, 'watching');
    const observer = metrics === undefined ? {} : { observer: metrics.controller };
    const reconcileKey = (key: string, attempt: number): ReturnType<typeof reconcile> =>
      reconcile(context, key, attempt);
    const { whileLeading = (work) => work() } = deps;
    await whileLeading(
      () => runController({ queue, reconcile: reconcileKey, logger, ...observer }, WORKERS),
      signal,
    );
    // Without the leadership nothing more is reconciled.
    queue.close();
  };
  const resync = (): void => {
    for (const key of watched.resources.keys()) queue.add(key);
  };
  const resyncForever = async (): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(RESYNC_MS * (0.9 + 0.2 * deps.random()), signal);
      resync();
    }
  };
  const running = Promise.all([
    ...watched.targets.map((target) => runReflector(deps, target, signal)),
    control(),
    resyncForever(),
  ]);
  return {
    isSynced: () => watched.isSynced(),
    resources: () => watched.resources.keys().flatMap((key) => watched.resources.get(key) ?? []),
    resync,
    stop: async () => {
      stopping.abort();
      queue.close();
      reports.close();
      await running;
    },
  };
}

/** The options that reconciling needs. */
function withDefaults({
  image,
  installation,
  platformSecurityContext = false,
  podAllowances,
  secretLabel,
}: OperatorOptions) {
  return { image, installation, platformSecurityContext, podAllowances, secretLabel };
}
