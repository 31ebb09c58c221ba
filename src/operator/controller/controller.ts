import type { Logger } from '../../lib/logger.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { WorkQueue } from './work-queue.ts';

/** How one reconciliation ended. */
export type ReconcileResult =
  | { readonly kind: 'done' }
  /** Look again after this long, though nothing may have happened. */
  | { readonly kind: 'lookAgain'; readonly afterMs: number }
  /** Try again, later each time. */
  | { readonly kind: 'retry' };

/** Observes a controller, for metrics. */
export interface ControllerObserver {
  /** A reconciliation begins; the answer is called when it ends. */
  started(): (result: ReconcileLabel) => void;
}

/** How a reconciliation ended, in controller-runtime's words. */
type ReconcileLabel = 'success' | 'requeue_after' | 'requeue' | 'error';

/** What a controller works with. */
export interface ControllerDeps {
  readonly queue: WorkQueue;
  readonly reconcile: (key: string) => Promise<ReconcileResult>;
  readonly logger: Logger;
  readonly observer?: ControllerObserver;
}

/**
 * Reconciles the queue's keys with a number of workers until the queue is closed. A reconciliation that
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
    const result = await deps.reconcile(key);
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
      logger.warn({ problem: error.message, resource: key }, 'no answer, trying again');
    } else logger.error({ err: error, resource: key }, 'reconciliation failed, trying again');
  }
}
