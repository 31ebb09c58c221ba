import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { DATA_SOURCES, type DataSource } from '../../../src/deepflow/data-sources.ts';
import type { PushConfig } from '../../../src/exporter/contract/exporter-config.ts';
import { partitionForKey } from '../../../src/exporter/kafka/murmur2.ts';
import { ENCODINGS } from '../../../src/exporter/push/read-body.ts';
import { pushConfig } from '../../exporter/exporter-config.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema, insertRows } from '../../harness/generator/generate.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { storedLines } from '../deepflow/stored-rows.ts';
import {
  configFor,
  createPlace,
  type Place,
  readRecords,
  runExporter,
  type RunningExporter,
} from './exporter-under-test.ts';
import { push } from './push-client.ts';

const ROWS = 300;
const kafka = inject('kafka');
const admin = kafkaFrom(kafka);
let clickHouse: ClickHouseHandle;
const places: Place[] = [];
const running: RunningExporter[] = [];

beforeAll(async () => {
  clickHouse = await startClickHouse();
  await createSchema(clickHouse);
  const toMicros = Date.now() * 1000;
  const fromMicros = toMicros - 60_000_000;
  for (const dataSource of DATA_SOURCES) {
    const request = { dataSource, seed: 8, firstRow: 0, rows: ROWS };
    await insertRows(clickHouse, { ...request, fromMicros, toMicros });
  }
});
afterAll(() => clickHouse.stop());

afterEach(async () => {
  for (const { exporter } of running.splice(0)) await exporter.stop();
  for (const place of places.splice(0)) await place.remove();
});

async function newPlace(dataSources: readonly DataSource[]): Promise<Place> {
  const place = await createPlace(kafka, clickHouse);
  places.push(place);
  for (const dataSource of dataSources) await admin.createTopic(`${place.prefix}${dataSource}`, 4);
  return place;
}

const UNTRANSLATED = { universalTagTranslateToNameDisabled: true };

/** An exporter to which records can be pushed. */
async function startPushing(
  place: Place,
  change: Parameters<typeof configFor>[2] = {},
  http: Partial<PushConfig['http']> = {},
): Promise<{ readonly exporter: RunningExporter; readonly port: number }> {
  await place.writeConfig(pushConfig(configFor(place, { kafka, clickHouse }, change), http));
  const exporter = await runExporter(place);
  running.push(exporter);
  await exporter.until(({ delivering }) => delivering);
  return { exporter, port: exporter.exporter.pushPort ?? 0 };
}

async function recordsOf(
  place: Place,
  dataSource: DataSource,
  count: number,
): Promise<readonly string[]> {
  const reader = await readRecords(place, kafka, dataSource);
  await reader.waitUntil(() => reader.values.length >= count, 30_000);
  await reader.stop();
  return reader.values.map((value) => value.toString()).toSorted();
}

/** The type of a workload, which ClickHouse looks up and no row has. */
const WORKLOAD_TYPES = /,"pod_group_type(_[01])?":("[^"]*"|\d+)/g;

describe('records of rows that are pushed', () => {
  test.each(['Documented', 'Compatible'] as const)(
    'are byte for byte those of the same rows in ClickHouse, in the format %s',
    async (recordFormat) => {
      const other = { ...UNTRANSLATED, recordFormat, dataSources: [...DATA_SOURCES] };
      const read = await newPlace(DATA_SOURCES);
      await read.writeConfig(configFor(read, { kafka, clickHouse }, { other }));
      const reading = await runExporter(read);
      running.push(reading);
      const pushed = await newPlace(DATA_SOURCES);
      const { port, exporter } = await startPushing(pushed, { other });
      for (const [i, dataSource] of DATA_SOURCES.entries()) {
        const lines = await storedLines(clickHouse, dataSource, '1', i % 2 === 0);
        const answer = await push(port, dataSource, lines, {
          encoding: ENCODINGS[i % 3] ?? 'gzip',
        });
        expect(answer).toMatchObject({
          status: 200,
          body: { accepted: ROWS, filtered: 0, rejected: [], rejectedTotal: 0 },
        });
      }
      const total = ROWS * DATA_SOURCES.length;
      expect((await exporter.status()).recordsExported).toBe(total);
      await reading.until(({ recordsExported }) => recordsExported >= total);
      for (const dataSource of DATA_SOURCES) {
        const [expected, found] = await Promise.all(
          [read, pushed].map(async (place) =>
            (await recordsOf(place, dataSource, ROWS))
              .map((record) => record.replaceAll(WORKLOAD_TYPES, ''))
              .toSorted(),
          ),
        );
        // Of many records, the first one that differs says enough.
        const differs = found?.findIndex((record, n) => record !== expected?.[n]) ?? -1;
        expect(found?.[differs]).toBe(expected?.[differs]);
        expect(found).toHaveLength(ROWS);
      }
    },
  );

  test('have the keys and partitions that rows of ClickHouse have', async () => {
    const dataSource = 'flow_log.l7_flow_log';
    const place = await newPlace([dataSource]);
    const keyField = 'trace_id';
    const { port } = await startPushing(place, { kafka: { keyField }, other: UNTRANSLATED });
    const lines = await storedLines(clickHouse, dataSource, '1', true);
    expect(await push(port, dataSource, lines)).toMatchObject({ body: { accepted: ROWS } });
    const reader = await readRecords(place, kafka, dataSource);
    await reader.waitUntil(() => reader.values.length >= ROWS, 30_000);
    await reader.stop();
    const traces = reader.values.map((value) => /"trace_id":"([^"]*)"/.exec(value.toString())?.[1]);
    expect(reader.places.map(({ key }) => key)).toEqual(traces);
    expect(reader.places.filter(({ key }) => key !== undefined).length).toBeGreaterThan(ROWS / 2);
    for (const { key, partition } of reader.places) {
      if (key !== undefined) expect(partition).toBe(partitionForKey(Buffer.from(key), 4));
    }
    expect(new Set(reader.values.map(String)).size).toBe(ROWS);
  });
});
