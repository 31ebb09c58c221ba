import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { RecordProducer } from '../../producer/record-producer.ts';
import type { ProgressMessage } from '../../progress/progress-message.ts';
import { type OwnPartition, TIME_PLAN_SHARD, type TimePlan } from '../../progress/time-plan.ts';
import type { ProgressCommits } from '../step/progress-commits.ts';
import { PlannedReadings, type ReadingOptions } from './planned-readings.ts';

/** What taking a shard over needs. */
export interface TakeoverDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly producer: RecordProducer;
  readonly commits: ProgressCommits;
  /** Reads the shard's partition of the checkpoint topic up to a fencing marker; undefined when `signal` aborted first. */
  readonly readProgress: (
    marker: string,
    signal: AbortSignal,
  ) => Promise<readonly ProgressMessage[] | undefined>;
  /** A fencing marker that was never used before. */
  readonly newMarker: () => string;
  /** How time is shared and where it starts, once that is agreed on. */
  readonly plan: (own: OwnPartition, signal: AbortSignal) => Promise<TimePlan | undefined>;
}

/** How often a shard looks for what the plan lacks: a table may be missing for ever, and the plan's partition is megabytes. */
const PLAN_AGAIN: BackoffOptions = { initialMs: 1_000, maxMs: 30_000 };

/**
 * Takes a shard over, so that no other exporter can commit to it any more, and reads what it has done; undefined when
 * `signal` aborted first.
 *
 * @throws ProducerError
 */
export async function takeShardOver(
  deps: TakeoverDeps,
  options: ReadingOptions,
  signal: AbortSignal,
): Promise<TakenShard | undefined> {
  if (!(await deps.producer.open(signal))) return undefined;
  // What was committed before stands before this message, whatever the leader that is asked knows of its end.
  const marker = deps.newMarker();
  await deps.commits.commit([{ kind: 'opened', marker }]);
  const messages = await deps.readProgress(marker, signal);
  return messages === undefined ? undefined : new TakenShard(deps, options, messages);
}

/** A shard that this exporter has: what it reads, as far as the time plan is known. */
export class TakenShard {
  readonly readings: PlannedReadings;
  readonly #deps: TakeoverDeps;
  readonly #shard: number;
  #plannedMs = 0;
  /** How often the plan was asked for again in vain. */
  #plannedAgain = 0;

  constructor(deps: TakeoverDeps, options: ReadingOptions, messages: readonly ProgressMessage[]) {
    this.#deps = deps;
    this.#shard = options.shard;
    this.readings = new PlannedReadings(options, messages);
  }

  /**
   * Asks for the time plan; false when `signal` aborted first.
   *
   * @throws ProducerError
   */
  async plan(signal: AbortSignal): Promise<boolean> {
    const { readings } = this;
    const commit = async (added: readonly ProgressMessage[]): Promise<void> => {
      await this.#deps.commits.commit(added);
      readings.note(added);
    };
    const plan = await this.#deps.plan({ messages: readings.messages, commit }, signal);
    if (plan === undefined) return false;
    this.#plannedMs = this.#deps.clock.monotonicMs();
    readings.follow(plan);
    return true;
  }

  /**
   * Looks from time to time for what the time plan lacked.
   *
   * @throws ProducerError
   */
  async planAgain(signal: AbortSignal): Promise<void> {
    const { barrier, isComplete } = this.readings;
    if (isComplete) return;
    // The time plan's own shard reads nothing for it, and behind a barrier time stands still.
    const isSoon = this.#shard === TIME_PLAN_SHARD || barrier !== undefined;
    const { clock, random } = this.#deps;
    const pauseMs = backoffMs(PLAN_AGAIN, isSoon ? 0 : this.#plannedAgain, random());
    if (clock.monotonicMs() - this.#plannedMs < pauseMs) return;
    this.#plannedAgain++;
    await this.plan(signal);
  }
}
