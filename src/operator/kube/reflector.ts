import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { KubeClient, Selection, WatchEvent } from './kube-client.ts';
import { KubeError } from './kube-error.ts';
import type { ObjectStore } from './object-store.ts';

/** What a reflector needs. */
export interface ReflectorDeps {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** The objects that a reflector watches, and the store that it keeps up to date. */
export interface ReflectorTarget {
  readonly selection: Selection;
  readonly store: Pick<ObjectStore<string>, 'replace' | 'put' | 'remove'>;
}

const BACKOFF = { initialMs: 200, maxMs: 30_000 };
const WATCH_SECONDS_MIN = 300;

/**
 * Keeps a store equal to the cluster until the signal aborts: with one list, then with watches that follow each other. After
 * every failure it tries again. If the resource version has expired, it lists again at once. After any other failure it waits
 * first, for a random time that respects Retry-After.
 */
export async function runReflector(
  deps: ReflectorDeps,
  target: ReflectorTarget,
  signal: AbortSignal,
): Promise<void> {
  let resourceVersion: string | undefined;
  let attempt = 0;
  while (!signal.aborted) {
    try {
      if (resourceVersion === undefined) {
        const list = await deps.client.list(target.selection);
        target.store.replace(list.items, target.selection.namespace);
        resourceVersion = list.resourceVersion;
      }
      // Random, so that the watches of many operators do not end at the same time.
      const timeoutSeconds = Math.ceil(WATCH_SECONDS_MIN * (1 + deps.random()));
      const events = deps.client.watch(target.selection, {
        resourceVersion,
        timeoutSeconds,
        signal,
      });
      for await (const event of events) {
        resourceVersion = take(event, target.store);
        attempt = 0;
      }
      attempt = 0;
    } catch (error) {
      if (isAborted(signal)) return;
      const failure = error instanceof KubeError ? error.failure : undefined;
      if (failure === 'expired') {
        resourceVersion = undefined;
        continue;
      }
      // The same watch would repeat a bug. A new list may avoid the event that causes it.
      if (failure !== 'transient') resourceVersion = undefined;
      const waitMs = Math.max(
        backoffMs(BACKOFF, attempt, deps.random()),
        error instanceof KubeError ? (error.detail.retryAfterMs ?? 0) : 0,
      );
      attempt += 1;
      deps.logger.warn(
        // The stack is useful for a bug, but not for a broken connection.
        error instanceof KubeError ? { problem: error.message, waitMs } : { err: error, waitMs },
        'watch interrupted, trying again',
      );
      await deps.clock.sleep(waitMs, signal);
    }
  }
}

function take(event: WatchEvent, store: ReflectorTarget['store']): string {
  if (event.type === 'BOOKMARK') return event.resourceVersion;
  if (event.type === 'DELETED') store.remove(event.object);
  else store.put(event.object);
  return event.object.metadata.resourceVersion;
}

/** A function, because the compiler assumes that the property does not change after the check in the loop. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
