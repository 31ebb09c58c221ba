import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { KubeClient, Selection, WatchEvent } from './kube-client.ts';
import { KubeError } from './kube-error.ts';
import type { ObjectStore } from './object-store.ts';
import { isOlderVersion } from './resource-version.ts';

/** What a reflector needs. */
export interface ReflectorDeps {
  readonly client: Pick<KubeClient, 'list' | 'watch' | 'latestVersion'>;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** The objects that a reflector watches, and the store that it keeps up to date. */
export interface ReflectorTarget {
  readonly selection: Selection;
  readonly store: Pick<ObjectStore<string>, 'expectList' | 'replace' | 'put' | 'remove' | 'keep'>;
  /**
   * True: only changes are of interest. The objects are not listed, and `replace` is called without objects: whatever has
   * changed before is not known.
   */
  readonly changesOnly?: boolean;
  /**
   * Present: the API server may not have the kind, or may not let us list it. Called with false whenever this turns out, and with
   * true with each list. While there is no such kind, the store is empty and nothing is watched.
   */
  readonly onServed?: ((isServed: boolean) => void) | undefined;
}

const BACKOFF = { initialMs: 200, maxMs: 30_000 };
const WATCH_SECONDS_MIN = 300;
/** How long to wait until a kind that the API server does not have is looked for again. */
const ABSENT_MS = 30_000;
/** Only a watch that lasted this long is a success. After a shorter watch, the reflector waits before the next one. */
const STEADY_MS = 5_000;

/** What a reflector knows between two calls of the API server. */
interface Progress {
  /** Where to continue the watch; undefined: a list is necessary. */
  resourceVersion: string | undefined;
  /** Number of watches in a row that failed or ended early. */
  attempt: number;
}

/**
 * Keeps a store equal to the cluster until the signal aborts: with one list, then with watches that follow each other. After
 * every failure it tries again. It waits first, for a random time that respects Retry-After and grows while no watch lasts. If
 * the resource version has expired, the first new list is made at once. A list is also necessary when the API server is at an
 * older version than the store: its etcd was restored from a backup, and a watch would be silent until the old version is
 * reached again.
 */
export async function runReflector(
  deps: ReflectorDeps,
  target: ReflectorTarget,
  signal: AbortSignal,
): Promise<void> {
  const progress: Progress = { resourceVersion: undefined, attempt: 0 };
  while (!signal.aborted) {
    let failure: unknown;
    try {
      await listAndWatch(deps, { ...target, progress, signal });
    } catch (error) {
      failure = error;
    }
    if (isAborted(signal)) return;
    if (target.onServed !== undefined && isAbsent(failure)) {
      progress.resourceVersion = undefined;
      target.store.replace([], target.selection.namespace);
      target.onServed(false);
      await deps.clock.sleep(ABSENT_MS, signal);
      continue;
    }
    const waitMs =
      failure === undefined ? pauseMs(deps, progress) : waitAfter(deps, progress, failure);
    if (waitMs > 0 && failure === undefined) {
      deps.logger.warn(
        { kind: target.selection.type.kind, waitMs },
        'watch ended early, trying again',
      );
    }
    if (waitMs > 0) await deps.clock.sleep(waitMs, signal);
  }
}

async function listAndWatch(
  { client, clock, random }: ReflectorDeps,
  {
    selection,
    store,
    changesOnly = false,
    onServed,
    progress,
    signal,
  }: ReflectorTarget & { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<void> {
  const known = progress.resourceVersion;
  if (known !== undefined && isOlderVersion(await client.latestVersion(selection), known)) {
    progress.resourceVersion = undefined;
  }
  if (progress.resourceVersion === undefined) {
    progress.resourceVersion = await listInto(client, { selection, store, changesOnly, onServed });
  }
  const { resourceVersion } = progress;
  // Random, so that the watches of many operators do not end at the same time.
  const timeoutSeconds = Math.ceil(WATCH_SECONDS_MIN * (1 + random()));
  const startMs = clock.monotonicMs();
  try {
    const options = { resourceVersion, timeoutSeconds, signal };
    for await (const event of client.watch(selection, options)) {
      progress.resourceVersion = take(event, store);
    }
    progress.attempt += 1;
  } finally {
    if (clock.monotonicMs() - startMs >= STEADY_MS) progress.attempt = 0;
  }
}

/**
 * Fills a store. Returns the resource version at which a watch continues. A function of its own, because the watch would keep
 * the list in memory.
 */
async function listInto(
  client: Pick<KubeClient, 'list' | 'latestVersion'>,
  { selection, store, changesOnly, onServed }: ReflectorTarget,
): Promise<string> {
  store.expectList(selection.namespace);
  const { items, resourceVersion } =
    changesOnly === true
      ? { items: [], resourceVersion: await client.latestVersion(selection) }
      : await client.list(selection, store.keep);
  onServed?.(true);
  store.replace(items, selection.namespace);
  return resourceVersion;
}

/** How long to wait before the next call, in milliseconds. Nothing after a watch that lasted. */
function pauseMs({ random }: ReflectorDeps, { attempt }: Progress): number {
  return attempt === 0 ? 0 : backoffMs(BACKOFF, attempt - 1, random());
}

/** Whether a failure says that the API server does not have the kind, or does not let us list it. */
function isAbsent(failure: unknown): boolean {
  return failure instanceof KubeError && ['missing', 'forbidden'].includes(failure.failure);
}

/** Decides what follows a failure, and logs it. Returns how long to wait, in milliseconds. */
function waitAfter(deps: ReflectorDeps, progress: Progress, error: unknown): number {
  const failure = error instanceof KubeError ? error.failure : undefined;
  // The same watch would repeat a bug. A new list may avoid the event that causes it.
  if (failure !== 'transient') progress.resourceVersion = undefined;
  // A resource version may expire while all is well. If it expires again and again, something is wrong.
  const isFirst = progress.attempt === 0;
  progress.attempt += 1;
  if (failure === 'expired' && isFirst) return 0;
  const waitMs = Math.max(
    pauseMs(deps, progress),
    error instanceof KubeError ? (error.detail.retryAfterMs ?? 0) : 0,
  );
  deps.logger.warn(
    // The stack is useful for a bug, but not for a broken connection.
    error instanceof KubeError ? { problem: error.message, waitMs } : { err: error, waitMs },
    'watch interrupted, trying again',
  );
  return waitMs;
}

function take(event: WatchEvent, store: ReflectorTarget['store']): string {
  if (event.type === 'BOOKMARK') return event.resourceVersion;
  if (event.type === 'DELETED') store.remove(event.object);
  else store.put(event.object);
  return event.object.metadata.resourceVersion;
}

/** A function, because the compiler assumes that the property does not change after a check. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
