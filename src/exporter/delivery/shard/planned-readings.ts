import type { DataSource } from '../../../deepflow/data-sources.ts';
import type { ProgressMessage } from '../../progress/progress-message.ts';
import { SentRows } from '../../progress/sent-rows.ts';
import type { TimePlan } from '../../progress/time-plan.ts';
import { ReadingSchedule, type Timing } from '../../schedule/reading-schedule.ts';
import { shardsNow } from '../../schedule/time-layout.ts';

/** What a shard reads of a data source: when it reads, and which rows it has sent. */
export interface PlannedReading {
  readonly schedule: ReadingSchedule;
  readonly sentRows: SentRows;
}

/** Which shard reads, and which data sources. */
export interface ReadingOptions {
  readonly shard: number;
  readonly dataSources: readonly DataSource[];
  readonly timing: Timing;
  /** False: an earlier owner of the shard may go on writing to its partition (AtLeastOnce). */
  readonly isFenced: boolean;
}

/**
 * What a shard reads since it was taken over. It reads the data sources for which the time plan has
 * a start and a share of time.
 */
export class PlannedReadings {
  readonly #options: ReadingOptions;
  /**
   * The messages that the partition held when the shard was taken over, and those that the time
   * plan has added since, until the plan is complete. The messages can be megabytes, so messages of
   * data sources that are already planned are left out.
   */
  #messages: readonly ProgressMessage[];
  #readings: readonly PlannedReading[] = [];
  #barrier: number | undefined = undefined;
  #isComplete = false;

  constructor(options: ReadingOptions, messages: readonly ProgressMessage[]) {
    this.#options = options;
    this.#messages = messages;
  }

  /** What the shard reads, by data source. */
  get all(): readonly PlannedReading[] {
    return this.#readings;
  }

  /**
   * The messages from which the time plan is made and completed. Empty once the plan is complete.
   */
  get messages(): readonly ProgressMessage[] {
    return this.#messages;
  }

  /**
   * Nothing from this second on is exported until the time plan says which shard exports it.
   * Undefined: there is no barrier.
   */
  get barrier(): number | undefined {
    return this.#barrier;
  }

  /**
   * False: the time plan lacks starts, a share of time for this shard, or the period that a barrier
   * waits for.
   */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /**
   * The second up to which settled rows of a data source are exported. Undefined when the shard has
   * no share of the data source.
   */
  nextOf(dataSource: DataSource): number | undefined {
    return this.#readings.find(({ schedule }) => schedule.dataSource === dataSource)?.schedule.next;
  }

  /** Records messages that the time plan has added to the partition. */
  note(messages: readonly ProgressMessage[]): void {
    this.#messages = [...this.#messages, ...messages];
  }

  /**
   * Adds the parts of the time plan that were not known before. Nothing was committed meanwhile for
   * the parts that were missing.
   */
  follow({ layout, starts }: TimePlan): void {
    const { dataSources, isFenced, shard, timing } = this.#options;
    const lastPeriod = layout.at(-1)?.from ?? 0;
    const barrier = this.#messages.findLast((message) => message.kind === 'barrier')?.second ?? 0;
    this.#barrier = lastPeriod >= barrier ? undefined : barrier;
    if (shard >= shardsNow(layout)) return;
    for (const { schedule } of this.#readings) schedule.share(layout);
    const known = new Set(this.#readings.map(({ schedule }) => schedule.dataSource));
    const added = [...starts].flatMap(([dataSource, start]) => {
      if (known.has(dataSource) || !dataSources.includes(dataSource)) return [];
      const sentRows = new SentRows(dataSource);
      for (const message of this.#messages) {
        if (isFenced) sentRows.apply(message);
        else sentRows.applyUnfenced(message);
      }
      const share = { dataSource, shard, layout };
      return [{ schedule: new ReadingSchedule(share, timing, { start, sentRows }), sentRows }];
    });
    this.#readings = [...this.#readings, ...added];
    this.#isComplete = this.#barrier === undefined && dataSources.every((name) => starts.has(name));
    this.#messages = this.#isComplete ? [] : this.#messages.filter((each) => this.#isNeeded(each));
  }

  #isNeeded(message: ProgressMessage): boolean {
    if (message.kind === 'start' || !('dataSource' in message)) return true;
    return this.#readings.every(({ schedule }) => schedule.dataSource !== message.dataSource);
  }
}
