import kafkajs from 'kafkajs';
import { describe, expect, inject, test, type TestContext } from 'vitest';
import { type Proxy, startProxy } from '../../faults/proxy.ts';
import type { ClickHouseAccess } from '../../harness/clickhouse/clickhouse-access.ts';
import {
  DEEPFLOW_ENGINE,
  type EngineVersion,
  NEWEST_ENGINE,
} from '../../harness/clickhouse/engine-versions.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema, insertRows } from '../../harness/generator/generate.ts';
import { startRowStream } from '../../harness/generator/stream.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { setting } from '../../harness/settings.ts';
import type { ExporterConfig } from '../../../src/exporter/contract/exporter-config.ts';
import { NO_NAMES } from '../../../src/exporter/encode/values/name-tables.ts';
import { prepareTable } from '../../../src/exporter/records/prepare-table.ts';
import { rowHashSql } from '../../../src/exporter/source/clickhouse/rows/row-hash-sql.ts';
import { type HashedColumns, hashNumber } from '../../../src/exporter/source/row-hash.ts';
import { readTopic } from '../../harness/kafka/topic-reader.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import { configFor, type Place, type RunningExporter } from './exporter-under-test.ts';
import { compareWithTable, eachOnce, L7, newPlace, recentRows, startIn } from './parts.ts';

const STREAM = { dataSource: L7, seed: 11, rowsPerSecond: 200, lateShare: 0.2, lateSecondsMax: 4 };
/** Long enough that every row of a test is looked at again on the other version. */
const TIMES = { settleSeconds: 2, latenessSeconds: 60 };

/** The reader's group has to meet first, which takes seconds on a busy machine. */
const READ_MS = 60_000;

const kafka = inject('kafka');

/** Waits until so many more records are delivered, and nothing is wrong. */
async function expectDelivery(running: RunningExporter): Promise<void> {
  const before = (await running.status()).recordsExported;
  await running.until(
    ({ delivering, problems, recordsExported }) =>
      delivering && problems.length === 0 && recordsExported > before + 3 * STREAM.rowsPerSecond,
  );
}

// A server of the user's own has one version.
describe.skipIf(setting('TEST_CLICKHOUSE_URL') !== undefined)(
  'with ClickHouse as DeepFlow installs it, and the newest, that have the same rows',
  () => {
    interface BothVersions {
      readonly older: ClickHouseHandle;
      readonly newer: ClickHouseHandle;
      /** Runs a statement on both. */
      readonly both: Pick<ClickHouseAccess, 'query'>;
    }

    async function startBoth(onTestFinished: TestContext['onTestFinished']): Promise<BothVersions> {
      const start = async (engine: EngineVersion): Promise<ClickHouseHandle> => {
        const clickHouse = await startClickHouse({ engine, password: 'the same for both' });
        onTestFinished(() => clickHouse.stop());
        await createSchema(clickHouse);
        return clickHouse;
      };
      const older = await start(DEEPFLOW_ENGINE);
      const newer = await start(NEWEST_ENGINE);
      const query = async (sql: string): Promise<string> =>
        (await Promise.all([older.query(sql), newer.query(sql)]))[0];
      return { older, newer, both: { query } };
    }

    /** A proxy before a ClickHouse, on a port that another one may take over. */
    async function proxyTo(clickHouse: ClickHouseHandle, listen: number): Promise<Proxy> {
      return startProxy({ listen, target: Number(new URL(clickHouse.url).port) });
    }

    test.concurrent('as two addresses, an exporter sends each row once, whichever of them answers', async ({
      onTestFinished,
    }) => {
      const { both, newer, older } = await startBoth(onTestFinished);
      const place = await newPlace(onTestFinished, { kafka, clickHouse: older }, { partitions: 2 });
      const [first = 0, second = 0] = await freePorts(2);
      const proxies = [await proxyTo(older, first), await proxyTo(newer, second)] as const;
      onTestFinished(async () => {
        for (const proxy of proxies) await proxy.close();
      });
      const reading = {
        url: `http://127.0.0.1:${first}`,
        replicaUrls: [`http://127.0.0.1:${second}`],
        startFrom: new Date(Date.now() - 5_000).toISOString(),
        ...TIMES,
      };
      const config = configFor(place, { kafka, clickHouse: older }, { clickHouse: reading });
      const running = await startIn(onTestFinished, place, config);
      const rows = startRowStream(both, STREAM);
      await expectDelivery(running);

      for (const [dead, alive] of [proxies, [proxies[1], proxies[0]]] as const) {
        alive.setMode({ kind: 'pass' });
        dead.setMode({ kind: 'refuse' });
        dead.reset();
        await expectDelivery(running);
      }

      const written = await rows.stop();
      const compared = await compareWithTable(place, { kafka, clickHouse: newer }, written);
      expect(compared).toEqual(eachOnce(written));
    });

    test.concurrent('as one server that is upgraded and taken back, an exporter goes on and sends each row once', async ({
      onTestFinished,
    }) => {
      const { both, newer, older } = await startBoth(onTestFinished);
      const place = await newPlace(onTestFinished, { kafka, clickHouse: older }, { partitions: 2 });
      const [port = 0] = await freePorts(1);
      let server = await proxyTo(older, port);
      onTestFinished(() => server.close());
      const reading = {
        url: `http://127.0.0.1:${port}`,
        startFrom: new Date(Date.now() - 5_000).toISOString(),
        ...TIMES,
      };
      const config = configFor(place, { kafka, clickHouse: older }, { clickHouse: reading });
      const running = await startIn(onTestFinished, place, config);
      const rows = startRowStream(both, STREAM);
      await expectDelivery(running);

      for (const version of [newer, older]) {
        await server.close();
        await running.until(({ problems }) => problems.length > 0);
        server = await proxyTo(version, port);
        await expectDelivery(running);
      }

      const written = await rows.stop();
      const compared = await compareWithTable(place, { kafka, clickHouse: newer }, written);
      expect(compared).toEqual(eachOnce(written));
    });
  },
);

test.concurrent('an exporter that is upgraded knows the rows again that were sent under the former form of the hash', async ({
  onTestFinished,
}) => {
  const clickHouse = await startClickHouse({ engine: NEWEST_ENGINE });
  onTestFinished(() => clickHouse.stop());
  await createSchema(clickHouse);
  const place = await newPlace(onTestFinished, { kafka, clickHouse }, { partitions: 2 });
  await insertRows(clickHouse, recentRows({ seed: 1, rows: 500, seconds: 20 }));
  const config = configFor(
    place,
    { kafka, clickHouse },
    { clickHouse: { settleSeconds: 1, latenessSeconds: 40 } },
  );
  const before = await startIn(onTestFinished, place, config);
  await before.until(({ delivering, recordsExported }) => delivering && recordsExported === 500);
  await before.exporter.stop();
  expect(await rewriteInFormerForm(place, config, clickHouse)).toBe(500);

  const upgraded = await startIn(onTestFinished, place, config);
  await upgraded.until(({ delivering }) => delivering);
  await insertRows(clickHouse, recentRows({ seed: 2, rows: 100, seconds: 20 }));
  await upgraded.until(({ recordsExported }) => recordsExported === 100);
  const compared = await compareWithTable(place, { kafka, clickHouse }, 600);
  expect(compared).toEqual(eachOnce(600));
});

/** What stands before the hashes of a message: its version, and the number of what was hashed. */
const HEAD_BYTES = 5;
const HASH_BYTES = 8;

/**
 * Makes the progress of a place what an exporter would have written that hashed tuples: the same rows by other hashes.
 * Answers how many rows that were.
 */
async function rewriteInFormerForm(
  place: Place,
  config: ExporterConfig,
  clickHouse: ClickHouseHandle,
): Promise<number> {
  const hashed = await hashedColumns(config, clickHouse);
  const pairs = await clickHouse.query(
    `SELECT ${rowHashSql('values', hashed)}, ${rowHashSql('tuple', hashed)} FROM ${L7} FORMAT TSV`,
  );
  const tuples = new Map(
    pairs
      .trim()
      .split('\n')
      .map((line) => {
        const [values = '', tuple = ''] = line.split('\t');
        return [BigInt(values), BigInt(tuple)] as const;
      }),
  );
  const connection = { clientId: 'test', brokers: kafka.bootstrap.split(',') };
  const reader = await readTopic(connection, place.checkpointTopic);
  const sentRows = (): number =>
    reader.values
      .filter((_, i) => reader.places[i]?.key?.startsWith('sent ') === true)
      .reduce((rows, value) => rows + (value.length - HEAD_BYTES) / HASH_BYTES, 0);
  await reader.waitUntil(() => sentRows() >= tuples.size, READ_MS);
  await reader.stop();
  const former = reader.values.flatMap((value, i) => {
    const { key = '', partition = 0 } = reader.places[i] ?? {};
    if (!key.startsWith('sent ')) return [];
    const hashes = Buffer.from(value);
    hashes.writeUInt32LE(hashNumber('tuple', hashed), 1);
    for (let at = HEAD_BYTES; at < value.length; at += HASH_BYTES) {
      hashes.writeBigUInt64LE(tuples.get(value.readBigUInt64LE(at)) ?? 0n, at);
    }
    return [{ key, partition, value: hashes }];
  });
  // A second that is deleted is deleted with all its parts, so this comes first.
  const deleted = former.map((message) => ({ ...message, value: null }));
  const producer = new kafkajs.Kafka(connection).producer();
  await producer.connect();
  await producer.send({ topic: place.checkpointTopic, messages: [...deleted, ...former] });
  await producer.disconnect();
  return sentRows();
}

/** The columns of calls whose content tells rows apart. */
async function hashedColumns(
  config: ExporterConfig,
  clickHouse: ClickHouseHandle,
): Promise<HashedColumns> {
  const [database = '', table = ''] = L7.split('.');
  const rows = await clickHouse.query(
    `SELECT name, type FROM system.columns WHERE database = '${database}' AND table = '${table}' FORMAT TSVRaw`,
  );
  const available = new Map(
    rows
      .trim()
      .split('\n')
      .map((row) => {
        const [name = '', type = ''] = row.split('\t');
        return [name, type] as const;
      }),
  );
  const deps = {
    logger: silentLogger,
    names: { tables: () => NO_NAMES },
    onMissingColumns: () => undefined,
  };
  return prepareTable(deps, config, { dataSource: L7, available }).hashed;
}
