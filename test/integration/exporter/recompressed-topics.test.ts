import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { configFor } from './exporter-under-test.ts';
import { startCommand } from './exporter-command.ts';
import { compareWithTable, eachOnce, newPlace, recentRows, startTables } from './parts.ts';

const ROWS = 200;
const SHARDS = 4;
const kafka = inject('kafka');
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startTables();
  await insertRows(clickHouse, recentRows({ seed: 41, rows: ROWS }));
});
afterAll(() => clickHouse.stop());

// The process is one of its own: the reader of the tests has other codecs for kafkajs.
test.for(['zstd', 'lz4', 'snappy', 'gzip'])(
  'progress is read from topics that brokers compress with %s, and each row is sent once',
  async (codec, { onTestFinished }) => {
    const parts = { kafka, clickHouse };
    const config = { 'compression.type': codec };
    const place = await newPlace(onTestFinished, parts, { partitions: 2, config });
    const compacted = { 'cleanup.policy': 'compact', ...config };
    await kafkaFrom(kafka).createTopic(place.checkpointTopic, SHARDS, compacted);
    await place.writeConfig(configFor(place, parts));
    const first = await startCommand(onTestFinished, place);
    await first.until(({ delivering, recordsExported }) => delivering && recordsExported === ROWS);
    await first.end('SIGKILL');
    const second = await startCommand(onTestFinished, place);
    const { problems } = await second.until(
      ({ delivering, shards }) => delivering && shards.length === SHARDS,
    );
    expect(problems).toEqual([]);
    expect(await compareWithTable(place, parts, ROWS)).toEqual(eachOnce(ROWS));
  },
);
