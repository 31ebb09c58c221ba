import { type RecordBatch, Table, Uint64, Utf8, vectorFromArray } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { AddressError } from '../../../../../src/exporter/source/clickhouse/errors/address-error.ts';
import type { NamesReading } from '../../../../../src/exporter/source/clickhouse/names/read-names.ts';
import { watchNames } from '../../../../../src/exporter/source/clickhouse/names/watch-names.ts';
import { createManualClock, settle } from '../../../../lib/manual-clock.ts';

const failure = (code: string): Error => Object.assign(new Error(`code ${code}`), { code });

/** The rows of a dictionary, as its query returns them. */
function batches(names: Readonly<Record<number, string>>): readonly RecordBatch[] {
  const ids = Object.keys(names).map(BigInt);
  return new Table({
    id_: vectorFromArray(ids, new Uint64()),
    type_: vectorFromArray(
      ids.map(() => 0n),
      new Uint64(),
    ),
    name_: vectorFromArray(Object.values(names), new Utf8()),
  }).batches;
}

/** A ClickHouse whose dictionaries a test changes. */
function setUp(broken: Record<string, Error> = {}) {
  const clock = createManualClock();
  const stop = new AbortController();
  const readings: NamesReading[] = [];
  const state: {
    names: Record<number, string>;
    broken: Record<string, Error>;
    queries: number;
    hangs: boolean;
  } = { names: { 1: 'one' }, broken, queries: 0, hangs: false };
  const deps = {
    clock,
    random: () => 1,
    read: async function* (query: string): AsyncGenerator<RecordBatch> {
      state.queries++;
      if (state.hangs) await new Promise(() => undefined);
      const [dictionary = ''] = /\w+_map/.exec(query) ?? [];
      const error = state.broken[dictionary] ?? state.broken['all'];
      if (error !== undefined) throw new AddressError(['http://ch:8123'], error, false);
      yield* await Promise.resolve(batches(state.names));
    },
    report: (reading: NamesReading) => {
      readings.push(reading);
    },
  };
  const options = { organization: 1, labels: undefined };
  const watching = watchNames(deps, options, stop.signal);
  const nameOf = async (id: number): Promise<string | undefined> =>
    (await watching).tables().byId.pod_map.get(id)?.toString();
  return { clock, stop, readings, state, watching, nameOf };
}

describe('names', () => {
  test('are there when watching begins, and are read again every minute', async () => {
    const { clock, state, nameOf, readings } = setUp();
    expect(await nameOf(1)).toBe('"one"');
    state.names = { 1: 'uno', 2: 'dos' };
    await clock.advance(59_000);
    expect(await nameOf(1)).toBe('"one"');
    await clock.advance(1_000);
    expect([await nameOf(1), await nameOf(2)]).toEqual(['"uno"', '"dos"']);
    expect(readings.map(({ failures }) => failures)).toEqual([[], []]);
  });

  test('that are gone from the dictionary are gone', async () => {
    const { clock, state, nameOf } = setUp();
    await nameOf(1);
    state.names = { 2: 'two' };
    await clock.advance(60_000);
    expect(await nameOf(1)).toBeUndefined();
  });

  test('stay when a reading fails, which is reported and tried again sooner', async () => {
    const { clock, state, nameOf, readings } = setUp();
    await nameOf(1);
    state.broken = { pod_map: failure('69') };
    await clock.advance(60_000);
    expect(await nameOf(1)).toBe('"one"');
    expect(readings.at(-1)?.failures.map(({ dictionary }) => dictionary)).toEqual(['pod_map']);
    state.broken = {};
    state.names = { 1: 'uno' };
    await clock.advance(5_000);
    expect(await nameOf(1)).toBe('"uno"');
    expect(readings.at(-1)?.failures).toEqual([]);
    expect(readings).toHaveLength(3);
  });

  test('are tried less and less often while they cannot be read, but every minute', async () => {
    const { clock, readings, watching } = setUp({ region_map: failure('60') });
    await watching;
    await clock.advance(5_000 + 10_000 + 20_000 + 40_000 + 60_000 + 60_000);
    expect(readings).toHaveLength(7);
  });

  test('are waited for while there is no connection, which takes one query', async () => {
    const { clock, state, readings, nameOf } = setUp({ all: failure('ECONNREFUSED') });
    const found = nameOf(1);
    await settle();
    expect(state.queries).toBe(1);
    expect(readings.at(-1)?.failures).toMatchObject([
      { dictionary: 'region_map', problem: { reason: 'ClickHouseUnreachable' }, isPassing: true },
    ]);
    state.broken = {};
    await clock.advance(1_000);
    expect(await found).toBe('"one"');
  });

  test('are waited for while ClickHouse has too much to do for one dictionary', async () => {
    const { clock, state, nameOf } = setUp({ pod_map: failure('202') });
    const found = nameOf(1);
    await clock.advance(3_000);
    state.broken = {};
    await clock.advance(5_000);
    expect(await found).toBe('"one"');
  });

  test('of a dictionary that does not exist are not waited for', async () => {
    const { nameOf } = setUp({ pod_map: failure('60') });
    expect(await nameOf(1)).toBeUndefined();
  });

  test('are missing rather than waited for after a minute', async () => {
    const { clock, nameOf } = setUp({ all: failure('ECONNREFUSED') });
    const found = nameOf(1);
    await clock.advance(60_000);
    expect(await found).toBeUndefined();
  });

  test('are not waited for longer than a minute', async () => {
    const { clock, state, watching, readings } = setUp();
    state.hangs = true;
    let isWatching = false;
    void watching.then(() => {
      isWatching = true;
    });
    await clock.advance(59_000);
    expect(isWatching).toBe(false);
    await clock.advance(1_000);
    await settle();
    expect(isWatching).toBe(true);
    expect(readings).toEqual([]);
  });

  test('are no longer read once the signal aborts', async () => {
    const { clock, stop, state, nameOf } = setUp();
    await nameOf(1);
    stop.abort();
    await clock.advance(0);
    const { queries } = state;
    await clock.advance(300_000);
    expect(state.queries).toBe(queries);
  });
});
