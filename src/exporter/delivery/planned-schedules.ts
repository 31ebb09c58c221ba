import type { DataSource } from '../../deepflow/data-sources.ts';
import { shardsNow } from '../schedule/time-layout.ts';
import { Ledger } from '../progress/sent-rows.ts';
import type { ProgressMessage } from '../progress/progress-message.ts';
import type { Plan } from '../progress/plan.ts';
import { type Timing, Track } from '../schedule/reading-schedule.ts';

/** Which shard's tracks these are, and of what. */
interface TracksOptions {
  readonly shard: number;
  readonly dataSources: readonly DataSource[];
  readonly timing: Timing;
}

/** The tracks of a shard since it was taken over, as far as the plan has a share of time and a start for them. */
export class PlannedTracks {
  readonly #options: TracksOptions;
  /**
   * What the partition said when the shard was taken over, and what the plan has added since, until the plan lacks nothing:
   * it is megabytes, so what its tracks know is left out.
   */
  #messages: readonly ProgressMessage[];
  #tracks: readonly Track[] = [];
  #barrier: number | undefined = undefined;
  #isWhole = false;

  constructor(options: TracksOptions, messages: readonly ProgressMessage[]) {
    this.#options = options;
    this.#messages = messages;
  }

  /** What the shard exports, by data source. */
  get all(): readonly Track[] {
    return this.#tracks;
  }

  /** What the plan and what it lacks are made of; nothing once the plan is whole. */
  get messages(): readonly ProgressMessage[] {
    return this.#messages;
  }

  /** Nothing from this second on is exported before the plan says who does; undefined: no such second. */
  get barrier(): number | undefined {
    return this.#barrier;
  }

  /** False: the plan lacks starts, a share of time for this shard, or the period that a barrier waits for. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The plan has added these to the partition. */
  note(messages: readonly ProgressMessage[]): void {
    this.#messages = [...this.#messages, ...messages];
  }

  /** Adds what the plan has and was not known yet. Of what was missing, nothing was committed meanwhile. */
  follow({ layout, starts }: Plan): void {
    const { dataSources, shard, timing } = this.#options;
    const lastPeriod = layout.at(-1)?.from ?? 0;
    const barrier = this.#messages.findLast((message) => message.kind === 'barrier')?.second ?? 0;
    this.#barrier = lastPeriod >= barrier ? undefined : barrier;
    if (shard >= shardsNow(layout)) return;
    for (const track of this.#tracks) track.share(layout);
    const known = new Set(this.#tracks.map(({ dataSource }) => dataSource));
    const added = [...starts].flatMap(([dataSource, start]) => {
      if (known.has(dataSource) || !dataSources.includes(dataSource)) return [];
      const ledger = new Ledger(dataSource);
      for (const message of this.#messages) ledger.apply(message);
      return [new Track({ dataSource, shard, layout }, timing, { start, ledger })];
    });
    this.#tracks = [...this.#tracks, ...added];
    this.#isWhole = this.#barrier === undefined && dataSources.every((name) => starts.has(name));
    const isTracked = (dataSource: DataSource): boolean =>
      this.#tracks.some((track) => track.dataSource === dataSource);
    this.#messages = this.#isWhole
      ? []
      : this.#messages.filter(
          (message) =>
            message.kind === 'start' ||
            !('dataSource' in message) ||
            !isTracked(message.dataSource),
        );
  }
}
