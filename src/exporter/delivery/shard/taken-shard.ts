import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { RecordProducer } from '../../producer/record-producer.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { ProgressMessage, ProgressOwner } from '../../progress/progress-message.ts';
import { recordedOwner } from '../progress-owner.ts';
import { type OwnPartition, TIME_PLAN_SHARD, type TimePlan } from '../../progress/time-plan.ts';
import type { ProgressCommits } from '../step/progress-commits.ts';
import { PlannedReadings, type ReadingOptions } from './planned-readings.ts';

/** What taking a shard over needs. */
export interface TakeoverDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly producer: RecordProducer;
  readonly commits: ProgressCommits;
  /**
   * Reads the shard's partition of the checkpoint topic up to a fencing marker. Undefined when
   * `signal` aborted first.
   */
  readonly readProgress: (
    marker: string,
    signal: AbortSignal,
  ) => Promise<readonly ProgressMessage[] | undefined>;
  /** A fencing marker that was never used before. */
  readonly newMarker: () => string;
  /** The KafkaExporter of this exporter. Undefined: not known. */
  readonly owner: ProgressOwner | undefined;
  readonly logger: Logger;
  /** The time plan, once it is agreed on. */
  readonly plan: (own: OwnPartition, signal: AbortSignal) => Promise<TimePlan | undefined>;
}

/**
 * How often a shard reads the time plan again while the plan is incomplete. The interval grows,
 * since a table may be missing for ever and the partition of the plan can be megabytes large.
 */
const PLAN_AGAIN: BackoffOptions = { initialMs: 1_000, maxMs: 30_000 };

/**
 * Takes a shard over, so that no other exporter can commit to the shard, and reads the shard's
 * progress. Undefined when `signal` aborted first.
 *
 * @throws ProducerError
 */
export async function takeShardOver(
  deps: TakeoverDeps,
  options: ReadingOptions,
  signal: AbortSignal,
): Promise<TakenShard | undefined> {
  if (!(await deps.producer.open(signal))) return undefined;
  // Everything that was committed earlier comes before this message in the partition. So reading up
  // to this message is complete, even if the leader reports an outdated end of the partition.
  const marker = deps.newMarker();
  await deps.commits.commit([{ kind: 'opened', marker }]);
  const messages = await deps.readProgress(marker, signal);
  if (messages === undefined) return undefined;
  await recordOwner(deps, options.shard, recordedOwner(messages));
  return new TakenShard(deps, options, messages);
}

/**
 * Records whose progress the partition holds from now on. The group gives a shard to a second
 * KafkaExporter only when no pod of the first one is in the group.
 */
async function recordOwner(
  { commits, logger, owner }: TakeoverDeps,
  shard: number,
  recorded: ProgressOwner | undefined,
): Promise<void> {
  if (owner === undefined || recorded?.id === owner.id) return;
  await commits.commit([{ kind: 'owner', owner }]);
  if (recorded === undefined) return;
  logger.warn(
    { shard, before: recorded.name, now: owner.name },
    'continues the progress of another KafkaExporter, of which no pod runs',
  );
}

/** A shard that this exporter owns, and what the shard reads, as far as the time plan is known. */
export class TakenShard {
  readonly readings: PlannedReadings;
  readonly #deps: TakeoverDeps;
  readonly #shard: number;
  #plannedMs = 0;
  /** How often the time plan was requested again and was still incomplete. */
  #plannedAgain = 0;

  constructor(deps: TakeoverDeps, options: ReadingOptions, messages: readonly ProgressMessage[]) {
    this.#deps = deps;
    this.#shard = options.shard;
    this.readings = new PlannedReadings(options, messages);
  }

  /**
   * Requests the time plan. Returns false when `signal` aborted first.
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
   * Requests the time plan again from time to time while the plan is incomplete.
   *
   * @throws ProducerError
   */
  async planAgain(signal: AbortSignal): Promise<void> {
    const { barrier, isComplete } = this.readings;
    if (isComplete) return;
    // Do not wait long when the request reads nothing from Kafka (the time plan's own shard), or
    // when a barrier stops the export.
    const isSoon = this.#shard === TIME_PLAN_SHARD || barrier !== undefined;
    const { clock, random } = this.#deps;
    const pauseMs = backoffMs(PLAN_AGAIN, isSoon ? 0 : this.#plannedAgain, random());
    if (clock.monotonicMs() - this.#plannedMs < pauseMs) return;
    this.#plannedAgain++;
    await this.plan(signal);
  }
}
