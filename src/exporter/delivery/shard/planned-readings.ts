import type { DataSource } from '../../../deepflow/data-sources.ts';
import type { ProgressMessage } from '../../progress/progress-message.ts';
import { SentRows } from '../../progress/sent-rows.ts';
import type { TimePlan } from '../../progress/time-plan.ts';
import { ReadingSchedule, type Timing } from '../../schedule/reading-schedule.ts';
import { shardsNow } from '../../schedule/time-layout.ts';

/** What a shard reads of a data source: when, and what it has sent of it. */
export interface PlannedReading {
  readonly schedule: ReadingSchedule;
  readonly sentRows: SentRows;
}

/** Which shard reads, and what. */
export interface ReadingOptions {
  readonly shard: number;
  readonly dataSources: readonly DataSource[];
  readonly timing: Timing;
}

/** What a shard reads since it was taken over, as far as the time plan has a share of time and a start for it. */
export class PlannedReadings {
  readonly #options: ReadingOptions;
  /**
   * What the partition said when the shard was taken over, and what the time plan has added since, until the plan is
   * complete. These can be megabytes, so messages of data sources that are planned are left out.
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

  /** The messages from which the plan, and what it still lacks, are made; none once the plan is complete. */
  get messages(): readonly ProgressMessage[] {
    return this.#messages;
  }

  /** Nothing from this second on is exported before the plan says which shard does it; undefined: no such second. */
  get barrier(): number | undefined {
    return this.#barrier;
  }

  /** False: the plan lacks starts, a share of time for this shard, or the period that a barrier waits for. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The second up to which settled rows of a data source are exported; undefined where the shard has no share of it. */
  nextOf(dataSource: DataSource): number | undefined {
    return this.#readings.find(({ schedule }) => schedule.dataSource === dataSource)?.schedule.next;
  }

  /** The time plan has added these to the partition. */
  note(messages: readonly ProgressMessage[]): void {
    this.#messages = [...this.#messages, ...messages];
  }

  /** Adds what the plan has and was not known yet. Of what was missing, nothing was committed meanwhile. */
  follow({ layout, starts }: TimePlan): void {
    const { dataSources, shard, timing } = this.#options;
    const lastPeriod = layout.at(-1)?.from ?? 0;
    const barrier = this.#messages.findLast((message) => message.kind === 'barrier')?.second ?? 0;
    this.#barrier = lastPeriod >= barrier ? undefined : barrier;
    if (shard >= shardsNow(layout)) return;
    for (const { schedule } of this.#readings) schedule.share(layout);
    const known = new Set(this.#readings.map(({ schedule }) => schedule.dataSource));
    const added = [...starts].flatMap(([dataSource, start]) => {
      if (known.has(dataSource) || !dataSources.includes(dataSource)) return [];
      const sentRows = new SentRows(dataSource);
      for (const message of this.#messages) sentRows.apply(message);
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
