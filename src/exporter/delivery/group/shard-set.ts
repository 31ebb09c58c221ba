import type { Clock } from '../../../lib/clock.ts';
import type { StopSignals } from '../stop-signals.ts';
import type { HealthBoard } from '../../status/health-board.ts';
import type { ProgressOwner } from '../../progress/progress-message.ts';
import { GROUP_CHECK, type ShardOwner } from './shard-group.ts';
import type { ShardLoop } from '../shard/shard-loop.ts';

/** What a set of shards needs. */
export interface ShardSetDeps {
  readonly clock: Clock;
  readonly health: HealthBoard;
  /** The loop of a shard; it calls `onOpen` when it has taken the shard over. */
  readonly createLoop: (shard: number, onOpen: () => void) => ShardLoop;
  /** Called when this exporter has no shard left and all work for its shards has ended. */
  readonly onIdle: () => void;
}

interface RunningShard {
  readonly loop: ShardLoop;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** The check succeeds once this exporter has taken over every shard that was assigned to it. */
const CHECK = 'shards';
/** How long the old owner waits for its transaction to end. The next owner aborts it after that. */
const HANDOVER_MS = 5_000;

/** The shards that this exporter exports now. */
export class ShardSet implements ShardOwner {
  readonly shards: number;
  readonly progressOwner: ProgressOwner | undefined;
  readonly isRecorded: boolean;
  /** Rejects when a loop fails, which is a bug in the exporter. */
  readonly failure: Promise<never>;
  readonly #deps: ShardSetDeps;
  readonly #signals: StopSignals;
  readonly #running = new Map<number, RunningShard>();
  readonly #ending = new Set<Promise<void>>();
  #isAble = false;
  readonly #fail: (error: unknown) => void;

  constructor(
    deps: ShardSetDeps,
    progress: Pick<ShardOwner, 'shards' | 'progressOwner' | 'isRecorded'>,
    signals: StopSignals,
  ) {
    this.#deps = deps;
    this.shards = progress.shards;
    this.progressOwner = progress.progressOwner;
    this.isRecorded = progress.isRecorded;
    this.#signals = signals;
    const failure = Promise.withResolvers<never>();
    this.failure = failure.promise;
    this.#fail = failure.reject;
    deps.health.expect(CHECK);
  }

  /** The loops of the shards. */
  get loops(): readonly ShardLoop[] {
    return [...this.#running.values()].map(({ loop }) => loop);
  }

  isAble(): boolean {
    return (this.#isAble ||= this.#deps.health.isAble([CHECK, GROUP_CHECK]));
  }

  owned(): readonly number[] {
    return [...this.#running.keys()].toSorted((a, b) => a - b);
  }

  async assign(shards: readonly number[]): Promise<boolean> {
    if (this.#signals.stopReading.aborted) return true;
    const lost = [...this.#running].filter(([shard]) => !shards.includes(shard));
    for (const [shard, { stop }] of lost) {
      this.#running.delete(shard);
      stop.abort();
    }
    for (const shard of shards) if (!this.#running.has(shard)) this.#start(shard);
    this.#look();
    const ended = Promise.all(lost.map(([, { done }]) => done)).then(() => {
      if (lost.length > 0 && this.#running.size === 0) this.#deps.onIdle();
    });
    await Promise.race([ended, this.#deps.clock.sleep(HANDOVER_MS)]);
    return lost.length === 0;
  }

  /** Resolves when all loops have ended. The loops end when `stopReading` aborts. */
  async end(): Promise<void> {
    await Promise.all(this.#ending);
  }

  #start(shard: number): void {
    const stop = new AbortController();
    const loop = this.#deps.createLoop(shard, () => {
      this.#look();
    });
    const { giveUp } = this.#signals;
    const stopReading = AbortSignal.any([this.#signals.stopReading, stop.signal]);
    const done = loop.run({ stopReading, giveUp }).catch(this.#fail);
    this.#ending.add(done);
    void done.then(() => this.#ending.delete(done));
    this.#running.set(shard, { loop, stop, done });
  }

  #look(): void {
    if (this.loops.every(({ wasOpen }) => wasOpen)) this.#deps.health.ok(CHECK);
  }
}
