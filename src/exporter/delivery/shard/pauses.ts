import type { DataSource } from '../../../deepflow/data-sources.ts';
import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';

const RETRY: BackoffOptions = { initialMs: 250, maxMs: 5_000 };

/**
 * Which data sources have failed, and until when each is not tried again. The pause grows with each
 * failure.
 */
export class Pauses {
  readonly #deps: { readonly clock: Clock; readonly random: () => number };
  readonly #failed = new Map<DataSource, { readonly failures: number; readonly untilMs: number }>();

  constructor(deps: { readonly clock: Clock; readonly random: () => number }) {
    this.#deps = deps;
  }

  /** True: the last step of the data source failed. The step is tried again, now or later. */
  hasFailed(dataSource: DataSource): boolean {
    return this.#failed.has(dataSource);
  }

  /** True: the data source must not be tried now. */
  isPaused(dataSource: DataSource): boolean {
    return this.#deps.clock.monotonicMs() < (this.#failed.get(dataSource)?.untilMs ?? 0);
  }

  fail(dataSource: DataSource): void {
    const { clock, random } = this.#deps;
    const failures = this.#failed.get(dataSource)?.failures ?? 0;
    const untilMs = clock.monotonicMs() + backoffMs(RETRY, failures, random());
    this.#failed.set(dataSource, { failures: failures + 1, untilMs });
  }

  ok(dataSource: DataSource): void {
    this.#failed.delete(dataSource);
  }
}
