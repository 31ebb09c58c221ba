import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from '../../src/deepflow/data-sources.ts';
import type { ClickHouseAccess } from '../harness/clickhouse/clickhouse-access.ts';
import { insertRows, type RowsRequest } from '../harness/generator/generate.ts';
import { createRandom } from './random.ts';

const CALLS = 'flow_log.l7_flow_log';
const METRICS = 'flow_metrics.network.1s';
/** Calls, each a row of its own, and metrics, where equal rows are records of their own. */
export const STREAMED = [CALLS, METRICS] as const satisfies readonly DataSource[];

/** Rows that come in while a schedule runs. */
export interface Rows {
  /** Ends it, and answers how many rows came in. Rejects with the error of an insert. */
  stop(): Promise<number>;
  /** The longest time from the time of a row until it was in its table, in milliseconds. */
  latestMs(): number;
}

const TICK_MS = 500;
const CALLS_PER_SECOND = 200;
const METRICS_PER_SECOND = 80;
/** Rows of metrics that came in, of which some come again: as many ticks as late rows may be old. */
const REMEMBERED_MAX = 20;

/**
 * Inserts rows of the time since `fromMs`, so that there is something to export at once, and then rows of the present
 * and late ones, of every age up to the schedule's, until it is stopped.
 */
export async function startRows(
  clickHouse: Pick<ClickHouseAccess, 'query'>,
  lateness: {
    readonly seed: number;
    readonly lateShare: number;
    readonly lateSecondsMax: number;
  },
  fromMs: number,
): Promise<Rows> {
  const { lateShare, lateSecondsMax } = lateness;
  const random = createRandom(lateness.seed ^ 0x5eed);
  const stopped = new AbortController();
  const remembered: RowsRequest[] = [];
  let written = 0;
  let latestMs = 0;

  const insert = async (request: RowsRequest): Promise<void> => {
    if (request.rows === 0) return;
    await insertRows(clickHouse, request);
    written += request.rows;
    latestMs = Math.max(latestMs, Date.now() - request.fromMicros / 1000);
  };
  const requestFor = (
    dataSource: DataSource,
    rows: number,
    span: { readonly fromMs: number; readonly toMs: number },
  ): RowsRequest => ({
    dataSource,
    seed: lateness.seed,
    firstRow: written,
    rows,
    fromMicros: Math.floor(span.fromMs * 1000),
    toMicros: Math.floor(span.toMs * 1000),
  });
  const insertLate = async (rows: number): Promise<void> => {
    const ageMs = random.between(0, lateSecondsMax) * 1000;
    const fromMs = Date.now() - ageMs;
    const toMs = Math.min(Date.now(), fromMs + 1_000);
    await insert(requestFor(CALLS, rows, { fromMs, toMs }));
  };
  const insertAgain = async (): Promise<void> => {
    const oldestMicros = (Date.now() - lateSecondsMax * 1000) * 1000;
    const young = remembered.filter(({ fromMicros }) => fromMicros > oldestMicros);
    if (young.length > 0) await insert(random.pick(young));
  };
  const fill = async (toMs: number): Promise<void> => {
    const span = { fromMs, toMs };
    const seconds = (toMs - fromMs) / 1000;
    await insert(requestFor(CALLS, Math.floor(seconds * CALLS_PER_SECOND), span));
    await insert(requestFor(METRICS, Math.floor(seconds * METRICS_PER_SECOND), span));
  };
  const run = async (startMs: number): Promise<void> => {
    let lastMs = startMs;
    while (!stopped.signal.aborted) {
      await sleep(TICK_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      const nowMs = Date.now();
      const span = { fromMs: lastMs, toMs: nowMs };
      const due = (perSecond: number): number => Math.floor(((nowMs - lastMs) / 1000) * perSecond);
      const late = Math.floor(due(CALLS_PER_SECOND) * lateShare);
      const calls = due(CALLS_PER_SECOND) - late;
      await insert(requestFor(CALLS, calls, span));
      const metrics = requestFor(METRICS, due(METRICS_PER_SECOND), span);
      await insert(metrics);
      remembered.push(metrics);
      if (remembered.length > REMEMBERED_MAX) remembered.shift();
      await insertLate(late);
      if (random.next() < lateShare) await insertAgain();
      lastMs = nowMs;
    }
  };
  const startMs = Date.now();
  await fill(startMs);
  // Nobody waited for these.
  latestMs = 0;
  const finished = run(startMs);
  // The error is told to whoever stops it.
  finished.catch(() => undefined);
  return {
    latestMs: () => latestMs,
    stop: async () => {
      stopped.abort();
      await finished;
      return written;
    },
  };
}
