import type { RecordBatch } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { Batcher } from '../../../src/exporter/delivery/batcher.ts';
import { Progress } from '../../../src/exporter/delivery/progress.ts';
import { ColumnTypeError } from '../../../src/exporter/encode/column-type-error.ts';
import { compileEncoder } from '../../../src/exporter/encode/compile-encoder.ts';
import { exportDataSource } from '../../../src/exporter/source/export-data-source.ts';
import {
  type RecordSource,
  SourceError,
  type Window,
} from '../../../src/exporter/source/source.ts';
import { createHealthBoard } from '../../../src/exporter/status/health-board.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import { arrowColumns } from '../encode/arrow-columns.ts';
import { encoderRequest } from '../encode/encoder-request.ts';

const L7 = 'flow_log.l7_flow_log';
const START = 1_700_000_000;
const TABLE_MISSING = new SourceError({ reason: 'TableMissing', message: 'no table' }, undefined);

/** A source of one row a second that fails as the test says. */
function rowASecond(
  fail: { check?: SourceError; read?: SourceError | ColumnTypeError },
  columns: () => readonly string[] = () => ['end_time'],
) {
  const windows: Window[] = [];
  const source: RecordSource = {
    check: () => (fail.check === undefined ? Promise.resolve() : Promise.reject(fail.check)),
    columns: () => Promise.resolve(new Map(columns().map((name) => [name, 'UInt64']))),
    earliest: () => Promise.resolve(undefined),
    read: async function* ({ window }): AsyncGenerator<RecordBatch> {
      windows.push(window);
      if (fail.read !== undefined) throw await Promise.resolve(fail.read);
      const seconds = Array.from({ length: window.to - window.from }, (_, i) => window.from + i);
      yield arrowColumns(
        L7,
        seconds.map((second) => ({ end_time: BigInt(second) * 1_000_000n })),
      );
    },
  };
  return { source, windows };
}

function startExport(source: RecordSource) {
  const clock = createManualClock(START * 1000);
  const health = createHealthBoard(clock, silentLogger);
  const progress = new Progress(START);
  const stop = new AbortController();
  let records = 0;
  const prepared: string[] = [];
  const encoder = compileEncoder(encoderRequest(L7));
  const batcher = new Batcher(
    {
      clock,
      progress,
      submit: (batch, onDelivered) => {
        records += batch.records;
        onDelivered();
        return Promise.resolve();
      },
      onDelivered: () => undefined,
    },
    {
      dataSource: L7,
      encoder,
      limits: { records: 5, bytes: 1_000_000 },
      format: 'plain',
      flushTimeoutMs: 2_000,
    },
  );
  const done = exportDataSource(
    {
      clock,
      random: () => 1,
      health,
      source,
      progress,
      prepare: (available) => {
        prepared.push([...available.keys()].join());
        return { columns: encoder.columns, batcher };
      },
      onProgress: () => undefined,
    },
    { dataSource: L7, settleSeconds: 10 },
    { stopReading: stop.signal, giveUp: new AbortController().signal },
  );
  return { clock, health, progress, stop, done, prepared, records: () => records };
}

describe('the loop of a data source', () => {
  test('reads each second once, when it has settled', async () => {
    const { source, windows } = rowASecond({});
    const { clock, records, stop, done } = startExport(source);
    await clock.advance(10_000);
    expect(windows).toEqual([]);
    await clock.advance(7_000);
    expect(windows.map(({ from, to }) => to - from).reduce((a, b) => a + b, 0)).toBe(7);
    await clock.advance(3_000);
    expect(records()).toBeGreaterThanOrEqual(7);
    stop.abort();
    await done;
  });

  test('says what is wrong, and goes on by itself when it is right', async () => {
    const fail: { check?: SourceError } = { check: TABLE_MISSING };
    const { source, windows } = rowASecond(fail);
    const { clock, health, stop, done } = startExport(source);
    await clock.advance(20_000);
    expect(health.problems()).toMatchObject([{ reason: 'TableMissing', message: 'no table' }]);
    expect(windows).toEqual([]);
    delete fail.check;
    await clock.advance(10_000);
    expect(health.isDelivering()).toBe(true);
    expect(windows[0]?.from).toBe(START);
    stop.abort();
    await done;
  });

  test('says which column is of another type, and goes on once it is right', async () => {
    const read = new ColumnTypeError('pid', 'Utf8', 'an integer of up to 32 bits');
    const fail: { read?: ColumnTypeError } = { read };
    const { source } = rowASecond(fail);
    const { clock, health, progress, stop, done } = startExport(source);
    await clock.advance(20_000);
    expect(health.problems()).toMatchObject([
      {
        reason: 'ClickHouseError',
        message:
          'flow_log.l7_flow_log: column pid has the Arrow type Utf8, but must be an integer of up to 32 bits; leave its field out of spec.exportFields, or update the exporter',
      },
    ]);
    delete fail.read;
    await clock.advance(10_000);
    expect(health.isDelivering()).toBe(true);
    expect(progress.cursor).toBeGreaterThan(START);
    stop.abort();
    await done;
  });

  test('looks at its table once a minute, and prepares anew when the columns are others', async () => {
    let columns = ['end_time'];
    const { source, windows } = rowASecond({}, () => columns);
    const { clock, health, prepared, records, stop, done } = startExport(source);
    await clock.advance(30_000);
    columns = ['end_time', 'biz_type'];
    await clock.advance(20_000);
    expect(prepared).toEqual(['end_time']);
    await clock.advance(100_000);
    expect(prepared).toEqual(['end_time', 'end_time,biz_type']);
    expect(health.isDelivering()).toBe(true);
    stop.abort();
    await done;
    const read = windows.reduce((sum, { from, to }) => sum + to - from, 0);
    expect(records()).toBe(read);
  });

  test('looks at its table at once when a window cannot be read', async () => {
    let columns = ['end_time', 'biz_type'];
    const fail: { read?: SourceError } = {};
    const { source } = rowASecond(fail, () => columns);
    const { clock, prepared, progress, stop, done } = startExport(source);
    await clock.advance(15_000);
    [columns, fail.read] = [['end_time'], TABLE_MISSING];
    await clock.advance(3_000);
    expect(prepared).toEqual(['end_time,biz_type', 'end_time']);
    const { cursor } = progress;
    delete fail.read;
    await clock.advance(10_000);
    expect(progress.cursor).toBeGreaterThan(cursor);
    stop.abort();
    await done;
  });

  test('reads a window again from its start when it could not be read to its end', async () => {
    const fail: { read?: SourceError } = { read: TABLE_MISSING };
    const { source, windows } = rowASecond(fail);
    const { clock, progress, stop, done } = startExport(source);
    await clock.advance(15_000);
    expect(progress.cursor).toBe(START);
    expect(windows.every(({ from }) => from === START)).toBe(true);
    delete fail.read;
    await clock.advance(10_000);
    expect(progress.cursor).toBeGreaterThan(START);
    stop.abort();
    await done;
  });
});
