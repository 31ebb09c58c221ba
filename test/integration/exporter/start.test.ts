import { describe, inject, test } from 'vitest';
import { insertRows } from '../../harness/generator/generate.ts';
import { configFor } from './exporter-under-test.ts';
import { compareWithTable, eachOnce, newPlace, recentRows, startIn, startTables } from './parts.ts';

const kafka = inject('kafka');
const ROWS = 300;

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
});
