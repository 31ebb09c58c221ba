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

/** What a reflector keeps up to date. */
export interface ReflectorTarget {
  readonly selection: Selection;
  readonly store: Pick<ObjectStore<string>, 'replace' | 'put' | 'remove'>;
}

const BACKOFF = { initialMs: 200, maxMs: 30_000 };
const WATCH_SECONDS_MIN = 300;

/**
 * Keeps a store like the cluster until the signal aborts: one list, then watches that continue each
 * other. Whatever fails, it goes on: an expired resource version lists anew at once, anything else
 * after a jittered wait that honours Retry-After.
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
      // Random, so that the watches of many operators do not all end together.
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
      // A bug would repeat with the same watch; a fresh list may get past what the watch chokes on.
      if (failure !== 'transient') resourceVersion = undefined;
      const waitMs = Math.max(
        backoffMs(BACKOFF, attempt, deps.random()),
        error instanceof KubeError ? (error.detail.retryAfterMs ?? 0) : 0,
      );
      attempt += 1;
      deps.logger.warn(
        // The stack of a broken connection says nothing; of a bug it says everything.
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

/** A function, because the compiler takes a property that a loop has checked for settled. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
