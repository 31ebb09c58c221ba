import { describe, inject, test } from 'vitest';
import { startProxy } from '../../faults/proxy.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { configFor } from './exporter-under-test.ts';
import {
  compareWithTable,
  eachOnce,
  L7,
  newPlace,
  recentRows,
  startIn,
  startTables,
} from './parts.ts';

const kafka = inject('kafka');
const ROWS = 300;

/** Rows of a day and a half ago, more than are read at a time. */
const OLD_ROWS = 20_000;
const OLD_MICROS = 36 * 3600 * 1e6;
const OLD_SPAN_MICROS = 3600 * 1e6;
/** Slow enough that most of them are not read while a TTL deletes them. */
const SLOW_BYTES = 100_000;

describe('an exporter that starts long before the first row', () => {
  test('has skipped the years without rows within seconds, and sends each row once', async ({
    onTestFinished,
    expect,
  }) => {
    const clickHouse = await startTables();
    onTestFinished(() => clickHouse.stop());
    const place = await newPlace(onTestFinished, { kafka, clickHouse }, { partitions: 2 });
    // Rows some hours apart: time is skipped before them and in between.
    for (const [seed, hours] of [0, 5, 30].entries()) {
      const toMicros = (Date.now() - hours * 3_600_000) * 1_000;
      const fromMicros = toMicros - 15e6;
      await insertRows(
        clickHouse,
        recentRows({ seed, rows: ROWS, firstRow: seed * ROWS, fromMicros, toMicros }),
      );
    }
    const change = { clickHouse: { startFrom: '2020-01-01T00:00:00Z' } };
    const running = await startIn(
      onTestFinished,
      place,
      configFor(place, { kafka, clickHouse }, change),
    );
    const { lagSeconds } = await running.until(
      (status) => status.recordsExported >= 3 * ROWS && (status.lagSeconds ?? Infinity) < 60,
    );
    expect(lagSeconds).toBeLessThan(60);
    expect(await compareWithTable(place, { kafka, clickHouse }, 3 * ROWS)).toEqual(
      eachOnce(3 * ROWS),
    );
  });

  test('goes on where a TTL deletes rows before they are read, and sends each row that is left once', async ({
    onTestFinished,
    expect,
  }) => {
    const clickHouse = await startTables();
    onTestFinished(() => clickHouse.stop());
    const place = await newPlace(onTestFinished, { kafka, clickHouse }, { partitions: 2 });
    const now = Date.now() * 1_000;
    const old = { fromMicros: now - OLD_MICROS, toMicros: now - OLD_MICROS + OLD_SPAN_MICROS };
    await insertRows(clickHouse, recentRows({ seed: 1, rows: OLD_ROWS, ...old }));
    await insertRows(clickHouse, recentRows({ seed: 2, rows: ROWS, firstRow: OLD_ROWS }));
    const insertedMs = Date.now();
    const [listen = 0] = await freePorts(1);
    const proxy = await startProxy({ listen, target: Number(new URL(clickHouse.url).port) });
    onTestFinished(() => proxy.close());
    const change = { clickHouse: { url: `http://127.0.0.1:${listen}` } };
    const config = configFor(place, { kafka, clickHouse }, change);
    const running = await startIn(onTestFinished, place, config);
    await running.until(({ recordsExported }) => recordsExported > 0);
    proxy.setMode({ kind: 'slow', bytesPerSecond: SLOW_BYTES });

    await clickHouse.query(`ALTER TABLE ${L7} MODIFY TTL time + INTERVAL 1 DAY`);
    await clickHouse.query(`OPTIMIZE TABLE ${L7} FINAL`);
    expect(await clickHouse.query(`SELECT count() FROM ${L7}`)).toBe(`${ROWS}\n`);
    proxy.setMode({ kind: 'pass' });

    const { recordsExported } = await running.until(
      ({ delivering, problems, lagSeconds = Infinity }) =>
        delivering && problems.length === 0 && Date.now() - lagSeconds * 1_000 > insertedMs + 1_000,
    );
    expect(recordsExported).toBeLessThan(OLD_ROWS);
    const compared = await compareWithTable(place, { kafka, clickHouse }, recordsExported);
    const deleted = recordsExported - ROWS;
    expect(compared).toMatchObject({ missingCount: 0, repeated: 0, foreignCount: deleted });
  });
});
