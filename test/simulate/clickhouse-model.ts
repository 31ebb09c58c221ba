import type { RecordBatch } from 'apache-arrow';
import type { RecordSource, Window } from '../../src/exporter/source/source.ts';
import { SourceError } from '../../src/exporter/source/source.ts';
import type { HashForm } from '../../src/exporter/source/row-hash.ts';
import { columnsOf, type StoredRow } from '../exporter/delivery/simulation.ts';
import type { Random } from '../faults/random.ts';
import type { ProcessClock, SimulatedTime } from './simulated-time.ts';

const COLUMNS = new Map([
  ['_id', 'UInt64'],
  ['end_time', 'DateTime64(6)'],
  ['time', 'DateTime'],
]);
const LATENCY_MS = [1, 20] as const;
/** How many rows one block of an answer has. */
const BLOCK_ROWS = 200;

/** A model of ClickHouse with one table. Rows are stored at any time and in any order. */
export class ClickHouseModel {
  readonly rows: StoredRow[] = [];
  /** Rows by their second. */
  readonly #bySecond = new Map<number, StoredRow[]>();
  readonly #time: SimulatedTime;
  readonly #random: Random;
  /** The share of queries that break off, 0 to 1. */
  #failingShare = 0;
  #slowFactor = 1;
  /** No query is answered before this time. */
  #silentUntilMs = 0;

  constructor(time: SimulatedTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  insert(row: StoredRow): void {
    this.rows.push(row);
    const second = this.#bySecond.get(row.second) ?? [];
    second.push(row);
    this.#bySecond.set(row.second, second);
  }

  /** Sets the share of queries that break off, 0 to 1. */
  fail(share: number): void {
    this.#failingShare = share;
  }

  /** Multiplies the time of every later query by this factor. */
  slowDown(factor: number): void {
    this.#slowFactor = factor;
  }

  /** Stops answering queries for this number of milliseconds. */
  stopAnswering(ms: number): void {
    this.#silentUntilMs = this.#time.nowMs + ms;
  }

  /** The source from which the process with this clock reads the table. */
  sourceFor(clock: ProcessClock): RecordSource {
    const answered = async <T>(work: () => T): Promise<T> => {
      await this.#wait(clock);
      if (this.#fails()) throw broken();
      return work();
    };
    return {
      check: () => answered(() => undefined),
      columns: () => answered(() => COLUMNS),
      earliest: () => answered(() => oldest(this.#bySecond.keys(), 0)),
      nextRow: (_dataSource, second) => answered(() => oldest(this.#bySecond.keys(), second)),
      counts: ({ window }) =>
        answered(
          () =>
            new Map(
              [...seconds(window)].flatMap((second) => {
                const rows = this.#bySecond.get(second)?.length ?? 0;
                return rows === 0 ? [] : [[second, rows] as const];
              }),
            ),
        ),
      read: ({ window, hash }) => this.#read(clock, window, hash?.forms ?? []),
    };
  }

  /** A query reads the rows that are stored when it begins. */
  async *#read(
    clock: ProcessClock,
    window: Window,
    forms: readonly HashForm[],
  ): AsyncGenerator<RecordBatch> {
    await this.#wait(clock);
    const rows = [...seconds(window)].flatMap((second) => this.#bySecond.get(second) ?? []);
    const isBroken = this.#fails();
    const end = isBroken ? Math.floor(this.#random.next() * rows.length) : rows.length;
    for (let at = 0; at < end; at += BLOCK_ROWS) {
      yield columnsOf(rows.slice(at, Math.min(end, at + BLOCK_ROWS)), forms);
      await this.#wait(clock);
    }
    if (isBroken) throw broken();
  }

  #fails(): boolean {
    return this.#random.next() < this.#failingShare;
  }

  async #wait(clock: ProcessClock): Promise<void> {
    const silentMs = Math.max(0, this.#silentUntilMs - this.#time.nowMs);
    await clock.sleep(silentMs + this.#random.between(...LATENCY_MS) * this.#slowFactor);
  }
}

function* seconds({ from, to }: Window): Generator<number> {
  for (let second = from; second < to; second++) yield second;
}

function oldest(known: Iterable<number>, from: number): number | undefined {
  const later = [...known].filter((second) => second >= from);
  return later.length === 0 ? undefined : Math.min(...later);
}

function broken(): SourceError {
  return new SourceError({ reason: 'ClickHouseError', message: 'the answer broke off' }, undefined);
}
