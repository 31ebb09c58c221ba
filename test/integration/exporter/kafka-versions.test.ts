import { test } from 'vitest';
import type { ExporterConfig } from '../../../src/exporter/contract/exporter-config.ts';
import { allOf } from '../../harness/environment/all-of.ts';
import { startRowStream } from '../../harness/generator/stream.ts';
import { KAFKA_VERSIONS } from '../../harness/kafka/kafka-versions.ts';
import { startKafka } from '../../harness/kafka/start-kafka.ts';
import { setting } from '../../harness/settings.ts';
import { startCommand } from './exporter-command.ts';
import { configFor } from './exporter-under-test.ts';
import { compareWithTable, eachOnce, L7, newPlace, startIn, startTables } from './parts.ts';

const VERSIONS = setting('TEST_KAFKA_BOOTSTRAP') === undefined ? KAFKA_VERSIONS : [undefined];
const STREAM = {
  dataSource: L7,
  seed: 5,
  rowsPerSecond: 100,
  lateShare: 0.1,
  lateSecondsMax: 2,
} as const;
/** Each exporter has written several transactions by then. */
const RECORDS = 100;

test.concurrent.for(VERSIONS)(
  'Kafka %s has every record once, however it is compressed, and after the exporter is killed',
  async (version, { onTestFinished, expect }) => {
    const [kafka, clickHouse] = await allOf(startKafka({ version }), startTables());
    onTestFinished(() => kafka.stop());
    onTestFinished(() => clickHouse.stop());
    const parts = { kafka, clickHouse };
    const place = await newPlace(onTestFinished, parts, { partitions: 4, users: 'plain user' });
    const startFrom = new Date(Date.now() - 5_000).toISOString();
    const configWith = (compression: 'zstd' | 'lz4' | 'snappy'): ExporterConfig =>
      configFor(place, parts, {
        clickHouse: { startFrom },
        kafka: { compression, sasl: { mechanism: 'PLAIN' } },
      });
    const rows = startRowStream(clickHouse, STREAM);
    await place.writeConfig(configWith('zstd'));
    const killed = await startCommand(onTestFinished, place);
    await killed.until(({ recordsExported }) => recordsExported > RECORDS);
    await killed.end('SIGKILL');
    const second = await startIn(onTestFinished, place, configWith('lz4'));
    await second.until(({ recordsExported }) => recordsExported > RECORDS);
    await second.exporter.stop();
    const third = await startIn(onTestFinished, place, configWith('snappy'));
    await third.until(({ recordsExported }) => recordsExported > RECORDS);
    const written = await rows.stop();
    expect(await compareWithTable(place, parts, written)).toEqual(eachOnce(written));
  },
);
