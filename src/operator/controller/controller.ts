import type { Logger } from '../../lib/logger.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { WorkQueue } from './work-queue.ts';

/** How one reconciliation ended. */
export type ReconcileResult =
  | { readonly kind: 'done' }
  /** Reconcile again after this time, even without a change. */
  | { readonly kind: 'lookAgain'; readonly afterMs: number }
  /** Try again, with a wait that grows each time. */
  | { readonly kind: 'retry' };

/** Observes a controller, for metrics. */
export interface ControllerObserver {
  /** A reconciliation begins. The returned function is called when it ends. */
  started(): (result: ReconcileLabel) => void;
}

/** How a reconciliation ended, with controller-runtime's names. */
type ReconcileLabel = 'success' | 'requeue_after' | 'requeue' | 'error';

/** What a controller needs. */
export interface ControllerDeps {
  readonly queue: WorkQueue;
  /** `attempt` is how often reconciling the key has failed in a row. */
  readonly reconcile: (key: string, attempt: number) => Promise<ReconcileResult>;
  readonly logger: Logger;
  readonly observer?: ControllerObserver;
}

/**
 * Reconciles the keys of the queue with a number of workers until the queue is closed. A reconciliation that
 * throws is logged and tried again with backoff.
 */
export async function runController(deps: ControllerDeps, workers: number): Promise<void> {
  await Promise.all(Array.from({ length: workers }, () => work(deps)));
}

async function work(deps: ControllerDeps): Promise<void> {
  for (let key = await deps.queue.take(); key !== undefined; key = await deps.queue.take()) {
    await reconcileOnce(deps, key);
    deps.queue.done(key);
  }
}

async function reconcileOnce(deps: ControllerDeps, key: string): Promise<void> {
  const { logger, observer, queue } = deps;
  const ended = observer?.started();
  try {
    const result = await deps.reconcile(key, queue.failures(key));
    if (result.kind === 'retry') {
      queue.addRateLimited(key);
      ended?.('requeue');
      return;
    }
    queue.forget(key);
    if (result.kind === 'lookAgain') queue.addAfter(key, result.afterMs);
    ended?.(result.kind === 'done' ? 'success' : 'requeue_after');
  } catch (error) {
    queue.addRateLimited(key);
    ended?.('error');
    if (error instanceof KubeError) {
      logger.warn({ problem: error.message, resource: key }, 'API call failed, trying again');
    } else logger.error({ err: error, resource: key }, 'reconciliation failed, trying again');
  }
}
