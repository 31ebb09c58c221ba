import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseAccess } from '../clickhouse/clickhouse-access.ts';
import { insertRows } from './generate.ts';

/** How new rows come in. */
export interface StreamOptions {
  readonly dataSource: string;
  readonly seed: number;
  readonly rowsPerSecond: number;
  /** Part of the rows that come late, 0 to 1. */
  readonly lateShare: number;
  /** Late rows are up to this much older than their arrival. */
  readonly lateSecondsMax: number;
  /** The stream ends by itself after this many rows. */
  readonly rowsMax?: number;
}

/** Rows that come in as time goes by. */
export interface RowStream {
  /** Rows inserted so far. */
  written(): number;
  /** The longest time from the end time of a row until it was in the table, in milliseconds. */
  latestMs(): number;
  /** Ends the stream; answers how many rows it inserted. Rejects with the error that ended it early. */
  stop(): Promise<number>;
  /** Resolves when `rowsMax` rows are in. */
  readonly finished: Promise<void>;
}

const TICK_MS = 250;

/** Inserts rows of the present at a steady rate, some of them late, until it is stopped. */
export function startRowStream(
  clickHouse: Pick<ClickHouseAccess, 'query'>,
  options: StreamOptions,
): RowStream {
  const { dataSource, seed, lateShare, lateSecondsMax } = options;
  const rowsMax = options.rowsMax ?? Number.POSITIVE_INFINITY;
  const stopped = new AbortController();
  let written = 0;
  let latestMs = 0;

  const insert = async (rows: number, fromMicros: number, toMicros: number): Promise<void> => {
    if (rows === 0) return;
    const firstRow = written;
    await insertRows(clickHouse, { dataSource, seed, firstRow, rows, fromMicros, toMicros });
    written += rows;
    latestMs = Math.max(latestMs, Date.now() - fromMicros / 1000);
  };
  const run = async (): Promise<void> => {
    const startMs = Date.now();
    let lastMs = startMs;
    while (!stopped.signal.aborted && written < rowsMax) {
      await sleep(TICK_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      const nowMs = Date.now();
      const wanted = Math.min(
        rowsMax,
        Math.floor(((nowMs - startMs) / 1000) * options.rowsPerSecond),
      );
      const due = Math.max(0, wanted - written);
      const late = Math.floor(due * lateShare);
      await insert(due - late, lastMs * 1000, nowMs * 1000);
      await insert(late, nowMs * 1000 - lateSecondsMax * 1_000_000, nowMs * 1000);
      lastMs = nowMs;
    }
  };
  const finished = run();
  // The error is told to whoever stops or awaits the stream.
  finished.catch(() => undefined);
  return {
    written: () => written,
    latestMs: () => latestMs,
    finished,
    stop: async () => {
      stopped.abort();
      await finished;
      return written;
    },
  };
}
