import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { until } from '../../lib/until.ts';
import { configFor, type RunningExporter } from './exporter-under-test.ts';
import { L7, newPlace, recentRows, startIn, startTables } from './parts.ts';

const ROWS = 400;
const PREFIX = 'deepflow_kafka_exporter_';
const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
const kafka = inject('kafka');
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startTables();
  await insertRows(clickHouse, recentRows({ seed: 6, rows: ROWS }));
});
afterAll(() => clickHouse.stop());

/** Names that are exposed, and values by name and labels, both without the prefix. */
async function metricsOf({ exporter }: RunningExporter): Promise<{
  readonly names: readonly string[];
  readonly values: ReadonlyMap<string, number>;
}> {
  const text = await (await fetch(`http://127.0.0.1:${exporter.port}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(PREFIX));
  return {
    names: [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name),
    values: new Map(
      lines.map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(PREFIX.length, at), Number(line.slice(at + 1))];
      }),
    ),
  };
}

/** An exporter that has delivered all rows. */
async function delivered(): Promise<RunningExporter> {
  const parts = { kafka, clickHouse };
  const place = await newPlace(onTestFinished, parts, { partitions: 2 });
  const running = await startIn(onTestFinished, place, configFor(place, parts));
  await running.until(
    ({ recordsExported, shards }) => recordsExported >= ROWS && shards.length === 4,
  );
  return running;
}

test('an exporter shows the metrics that docs/metrics.md has for it, and no other', async () => {
  const { names } = await metricsOf(await delivered());
  const [, section = ''] = /^## Of an exporter$([^]*?)^If records are pushed/m.exec(page) ?? [];
  const documented = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
  const own = names.filter((name) => !/^(process|nodejs)_/.test(name));
  expect(own.toSorted()).toEqual(documented.toSorted());
});

test('they say how far each shard is, what was sent, and how the session is', async () => {
  const running = await delivered();
  const lagsIn = (values: ReadonlyMap<string, number>): readonly number[] =>
    [0, 1, 2, 3].flatMap(
      (shard) => values.get(`shard_lag_seconds{data_source="${L7}",shard="${shard}"}`) ?? [],
    );
  // A shard without rows may be taken over after all rows of the others are sent.
  const { values } = await until('the lag of every shard', () => metricsOf(running), {
    isWanted: (found) => lagsIn(found.values).length === 4,
  });
  const lags = lagsIn(values);
  // Both are looked up one after the other.
  const lag = values.get(`lag_seconds{data_source="${L7}"}`) ?? 0;
  expect(Math.abs(Math.max(...lags) - lag)).toBeLessThan(1);
  expect(values.get('batch_records_sum')).toBe(ROWS);
  expect(values.get('batch_bytes_sum')).toBe(
    values.get(`sent_bytes_total{data_source="${L7}"}`) ?? 0,
  );
  expect(values.get('transactions_total{outcome="committed"}')).toBeGreaterThan(4);
  for (const api of ['Produce', 'EndTxn', 'AddPartitionsToTxn', 'Heartbeat']) {
    await expect
      .poll(
        async () => {
          const name = `request_duration_seconds_count{api="${api}"}`;
          return (await metricsOf(running)).values.get(name) ?? 0;
        },
        { timeout: 60_000 },
      )
      .toBeGreaterThan(0);
  }
  expect(values.get('queued_records_max')).toBe(2_000);
  expect(values.get('connected_brokers')).toBe(1);
  expect(values.get('credentials_revision')).toBe(1);
  expect(values.get('session_replaced_in_seconds')).toBeGreaterThan(0);
  expect(values.get('session_replaced_in_seconds')).toBeLessThanOrEqual(3_600);
});
