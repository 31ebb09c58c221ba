import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { DATA_SOURCES } from '../../../src/deepflow/data-sources.ts';
import { NO_NAMES } from '../../../src/exporter/encode/values/name-tables.ts';
import { encoderRequest } from '../../../src/exporter/records/encoder-request.ts';
import { expectToFit } from '../../exporter/records/schema/fits-schema.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { parseExact } from '../../harness/oracle/canonical-json.ts';
import { compareRecords } from '../../harness/oracle/compare-records.ts';
import { expectedRecords } from '../../harness/oracle/expected-records.ts';
import {
  configFor,
  createPlace,
  type Place,
  readRecords,
  runExporter,
  type RunningExporter,
} from './exporter-under-test.ts';
import { eachOnce, L7, recentRows, startTables } from './parts.ts';

const ROWS = 1_000;
const HOUR_SECONDS = 3_600;
const FLOW_LOGS = ['flow_log.l4_flow_log', L7] as const;
const kafka = inject('kafka');
const admin = kafkaFrom(kafka);
let clickHouse: ClickHouseHandle;
let place: Place;
let running: RunningExporter | undefined;

beforeAll(async () => {
  clickHouse = await startTables();
  for (const dataSource of DATA_SOURCES) {
    await insertRows(clickHouse, recentRows({ dataSource, seed: 42, rows: ROWS, seconds: 60 }));
  }
});
afterAll(() => clickHouse.stop());

beforeEach(async () => {
  place = await createPlace(kafka, clickHouse);
  for (const dataSource of DATA_SOURCES) await admin.createTopic(`${place.prefix}${dataSource}`, 4);
});
afterEach(async () => {
  await running?.exporter.stop();
  running = undefined;
  await place.remove();
});

describe('the exporter', () => {
  test.each([
    ['none', FLOW_LOGS],
    ['gzip', FLOW_LOGS],
    ['snappy', FLOW_LOGS],
    ['zstd', FLOW_LOGS],
    ['lz4', DATA_SOURCES],
  ] as const)(
    'puts every stored row on Kafka once, value for value, with compression %s from %j',
    async (compression, dataSources) => {
      const config = configFor(
        place,
        { kafka, clickHouse },
        { kafka: { compression }, other: { dataSources: [...dataSources] } },
      );
      await place.writeConfig(config);
      running = await runExporter(place);
      await running.until(({ recordsExported }) => recordsExported >= ROWS * dataSources.length);
      for (const dataSource of dataSources) {
        const reader = await readRecords(place, kafka, { dataSource, count: ROWS });
        const expected = await expectedRecords(clickHouse, dataSource);
        expect(compareRecords(expected, reader.values)).toEqual(eachOnce(ROWS));
        const times = reader.values.map((value) => eventTimeMs(value));
        expect(reader.timestamps).toEqual(times);
        const request = encoderRequest(config, dataSource, () => NO_NAMES);
        for (const value of reader.values) expectToFit(request, value);
      }
    },
  );

  test('goes on where it was after a restart', async () => {
    await place.writeConfig(configFor(place, { kafka, clickHouse }));
    running = await runExporter(place);
    await running.until(({ recordsExported }) => recordsExported >= ROWS);
    await running.exporter.stop();
    running = await runExporter(place);
    await running.until(({ delivering, lagSeconds = 99 }) => delivering && lagSeconds < 5);
    expect((await running.status()).recordsExported).toBe(0);
  });

  test('keeps a first start from now, so that a restart does not skip what came in between', async () => {
    await place.writeConfig(
      configFor(
        place,
        { kafka, clickHouse },
        { clickHouse: { startFrom: 'Now', settleSeconds: HOUR_SECONDS } },
      ),
    );
    running = await runExporter(place);
    const { lagSeconds = 99 } = await running.until(
      (status) => status.delivering && status.lagSeconds !== undefined,
    );
    // What has settled at the start is an hour old.
    expect(lagSeconds).toBeLessThan(HOUR_SECONDS / 2);
    await running.exporter.stop();
    running = await runExporter(place);
    const again = await running.until((status) => status.lagSeconds !== undefined);
    expect(again.lagSeconds).toBeGreaterThanOrEqual(lagSeconds);
  });

  test('writes what deepflow-server 7.1 writes, less its defects, when names are not translated', async () => {
    const fixture = z
      .object({ row: z.record(z.string(), z.unknown()), record: z.string() })
      .parse(
        JSON.parse(
          readFileSync(new URL('../../fixtures/l7-flow-log-raw.json', import.meta.url), 'utf8'),
        ),
      );
    const own = await startTables();
    try {
      await own.query('ALTER TABLE flow_log.l7_flow_log REMOVE TTL');
      // The row's numbers above 2^53 must not pass through a double.
      const text = readFileSync(
        new URL('../../fixtures/l7-flow-log-raw.json', import.meta.url),
        'utf8',
      );
      const row = /"row": (\{[^]*?\n \}),/.exec(text)?.[1] ?? '';
      await own.insert('flow_log.l7_flow_log', row.replaceAll('\n', ' '));
      const files = await createPlace(kafka, own);
      await admin.createTopic(`${files.prefix}${L7}`, 1);
      await files.writeConfig(
        configFor(
          files,
          { kafka, clickHouse: own },
          {
            other: { enumTranslateToNameDisabled: true, universalTagTranslateToNameDisabled: true },
          },
        ),
      );
      const single = await runExporter(files);
      await single.until(({ recordsExported }) => recordsExported === 1);
      await single.exporter.stop();
      const reader = await readRecords(files, kafka, { dataSource: L7, count: 1 });
      await files.remove();
      const ours = parseExact(reader.values[0]?.toString() ?? '');
      const theirs = parseExact(
        fixture.record.replace('["k"1"]', '["k\\"1"]').replace('["v\n1"]', '["v\\n1"]'),
      );
      const differing = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter(
        (key) => JSON.stringify(ours[key]) !== JSON.stringify(theirs[key]),
      );
      expect(differing.sort()).toEqual([
        'capture_nic_type', // a malformed tag hides it there
        'ip6_0', // addresses of IPv6 are never written there
        'ip6_1',
        'request_length', // cut to 32 bits there
        'time_str', // UTC here
      ]);
    } finally {
      await own.stop();
    }
  });
});

/** The message's time: the end of what happened, or the start of a metric's window. */
function eventTimeMs(value: Buffer): number {
  const record = z
    .object({ end_time: z.number().optional(), time: z.number() })
    .parse(JSON.parse(value.toString()));
  return record.end_time === undefined ? record.time * 1000 : Math.floor(record.end_time / 1000);
}
