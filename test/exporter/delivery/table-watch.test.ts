import { describe, expect, test } from 'vitest';
import { ColumnTypeError } from '../../../src/exporter/encode/columns/column-type-error.ts';
import type { PreparedTable } from '../../../src/exporter/records/prepare-table.ts';
import { watchTables } from '../../../src/exporter/delivery/table-watch.ts';
import { type RecordSource, SourceError } from '../../../src/exporter/source/source.ts';
import { createHealthBoard } from '../../../src/exporter/status/health-board.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';

const L7 = 'flow_log.l7_flow_log';
const MISSING = new SourceError({ reason: 'TableMissing', message: 'no table' }, undefined);

function watch(state: { columns: readonly string[]; check?: SourceError | undefined }) {
  const clock = createManualClock();
  const health = createHealthBoard(clock, silentLogger);
  const prepared: string[] = [];
  const source: RecordSource = {
    check: () => (state.check === undefined ? Promise.resolve() : Promise.reject(state.check)),
    columns: () => Promise.resolve(new Map(state.columns.map((name) => [name, 'UInt64']))),
    earliest: () => Promise.resolve(undefined),
    nextRow: () => Promise.resolve(undefined),
    counts: () => Promise.resolve(new Map()),
    read: () => {
      throw new Error('nothing is read here');
    },
  };
  const prepare = (_dataSource: string, available: ReadonlyMap<string, string>): PreparedTable => {
    prepared.push([...available.keys()].join());
    const withEncoder: PreparedTable['withEncoder'] = () => Promise.reject(new Error('not used'));
    return { columns: [...available.keys()], hashed: new Map(), where: undefined, withEncoder };
  };
  const stop = new AbortController();
  const deps = { clock, random: () => 1, health, source, prepare };
  return { clock, health, prepared, tables: watchTables(deps, [L7], stop.signal) };
}

describe('a table', () => {
  test('that cannot be read is reported with the reason, and read once it can be', async () => {
    const state = { columns: ['time'], check: MISSING as SourceError | undefined };
    const { clock, health, tables } = watch(state);
    await clock.advance(20_000);
    expect(health.problems()).toMatchObject([{ reason: 'TableMissing', message: 'no table' }]);
    expect(tables.get(L7)).toBeUndefined();
    state.check = undefined;
    await clock.advance(10_000);
    expect(health.isDelivering()).toBe(true);
    expect(tables.get(L7)?.columns).toEqual(['time']);
  });

  test('whose column has another type is reported with the column', async () => {
    const { clock, health, tables } = watch({ columns: ['time'] });
    await clock.advance(1_000);
    tables.fail(L7, new ColumnTypeError('pid', 'Utf8', 'an integer of up to 32 bits'));
    expect(health.problems()).toMatchObject([
      {
        reason: 'ClickHouseError',
        message:
          'flow_log.l7_flow_log: column pid has the Arrow type Utf8, but must be an integer of up to 32 bits; leave its field out of spec.exportFields, or update the exporter',
      },
    ]);
    await clock.advance(10_000);
    expect(health.isDelivering()).toBe(false);
    tables.ok(L7);
    expect(health.isDelivering()).toBe(true);
  });

  test('that is no longer read is healthy again when the check finds no problem', async () => {
    const state = { columns: ['time'], check: undefined as SourceError | undefined };
    const { clock, health, tables } = watch(state);
    await clock.advance(1_000);
    tables.fail(L7, MISSING);
    state.check = MISSING;
    tables.release();
    await clock.advance(1_000);
    expect(health.problems()).toMatchObject([{ reason: 'TableMissing' }]);
    state.check = undefined;
    await clock.advance(10_000);
    expect(health.isDelivering()).toBe(true);
  });

  test('is checked once a minute, and prepared again when its columns have changed', async () => {
    const state = { columns: ['time'] };
    const { clock, prepared } = watch(state);
    await clock.advance(30_000);
    state.columns = ['time', 'biz_type'];
    await clock.advance(20_000);
    expect(prepared).toEqual(['time']);
    await clock.advance(100_000);
    expect(prepared).toEqual(['time', 'time,biz_type']);
  });

  test('is checked at once when it cannot be read', async () => {
    const state = { columns: ['time', 'biz_type'] };
    const { clock, prepared, tables } = watch(state);
    await clock.advance(5_000);
    state.columns = ['time'];
    tables.fail(L7, MISSING);
    await clock.advance(100);
    expect(prepared).toEqual(['time,biz_type', 'time']);
  });
});
