import { beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
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
import type * as RowHash from '../../../src/exporter/source/row-hash.ts';
import { configFor, type Place, type RunningExporter } from './exporter-under-test.ts';
import { compareWithTable, eachOnce, L7, newPlace, recentRows, startIn } from './parts.ts';

const STREAM = { dataSource: L7, seed: 11, rowsPerSecond: 200, lateShare: 0.2, lateSecondsMax: 4 };
/** Long enough that every row of a test is looked at again on the other version. */
const TIMES = { settleSeconds: 2, latenessSeconds: 60 };

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
    let older: ClickHouseHandle;
    let newer: ClickHouseHandle;
    let both: Pick<ClickHouseAccess, 'query'>;

    beforeEach(async () => {
      const start = async (engine: EngineVersion): Promise<ClickHouseHandle> => {
        const clickHouse = await startClickHouse({ engine, password: 'the same for both' });
        onTestFinished(() => clickHouse.stop());
        await createSchema(clickHouse);
        return clickHouse;
      };
      older = await start(DEEPFLOW_ENGINE);
      newer = await start(NEWEST_ENGINE);
      both = {
        query: async (sql) => (await Promise.all([older.query(sql), newer.query(sql)]))[0],
      };
    });

    /** A proxy before a ClickHouse, on a port that another one may take over. */
    async function proxyTo(clickHouse: ClickHouseHandle, listen: number): Promise<Proxy> {
      return startProxy({ listen, target: Number(new URL(clickHouse.url).port) });
    }

    test('as two addresses, an exporter sends each row once, whichever of them answers', async () => {
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

    test('as one server that is upgraded and taken back, an exporter goes on and sends each row once', async () => {
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

test('an exporter that is upgraded knows the rows again that were sent under the former form of the hash', async () => {
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

  const former = await startFormer(place, config);
  await former.until(({ delivering, recordsExported }) => delivering && recordsExported === 500);
  await former.exporter.stop();

  const running = await startIn(onTestFinished, place, config);
  await running.until(({ delivering }) => delivering);
  await insertRows(clickHouse, recentRows({ seed: 2, rows: 100, seconds: 20 }));
  await running.until(({ recordsExported }) => recordsExported === 100);
  const compared = await compareWithTable(place, { kafka, clickHouse }, 600);
  expect(compared).toEqual(eachOnce(600));
});

/** The exporter as it was when it wrote hashes of tuples: the same modules with that form alone. */
async function startFormer(place: Place, config: ExporterConfig): Promise<RunningExporter> {
  const path = '../../../src/exporter/source/row-hash.ts';
  vi.resetModules();
  vi.doMock(path, async (actual: () => Promise<typeof RowHash>) => ({
    ...(await actual()),
    HASH_FORM: 'tuple',
    HASH_FORMS: ['tuple'],
  }));
  const former = await import('./parts.ts');
  const running = await former.startIn(onTestFinished, place, config);
  vi.doUnmock(path);
  vi.resetModules();
  return running;
}
