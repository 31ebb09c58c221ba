import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, inject, test } from 'vitest';
import type { StatusReport } from '../../../src/exporter/contract/status-report.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema } from '../../harness/generator/generate.ts';
import { startRowStream } from '../../harness/generator/stream.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { readTopic } from '../../harness/kafka/topic-reader.ts';
import { compareRecords } from '../../harness/oracle/compare-records.ts';
import { expectedRecords } from '../../harness/oracle/expected-records.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import {
  configFor,
  createPlace,
  type Place,
  readRecords,
  statusOf,
  untilStatus,
} from './exporter-under-test.ts';

const L7 = 'flow_log.l7_flow_log';
const COMMAND = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const STREAM = {
  dataSource: L7,
  seed: 5,
  rowsPerSecond: 400,
  lateShare: 0.1,
  lateSecondsMax: 2,
} as const;
const SHARDS = Array.from({ length: 4 }, (_, shard) => shard);

const SIX_SHARE = /"periods":\[\{"from":0,"shards":4\},\{"from":\d+,"shards":6\}\]/;

const kafka = inject('kafka');

/** A process of its own, as a pod has. */
interface Pod {
  readonly process: ChildProcess;
  until(isWanted: (status: StatusReport) => boolean): Promise<StatusReport>;
}

async function startPod(place: Place, onEnd: (end: () => void) => void): Promise<Pod> {
  const [port = 0] = await freePorts(1);
  const started = spawn(
    process.execPath,
    [
      ...[COMMAND, 'exporter', '--config', place.configPath],
      ...['--credentials', place.credentialsDirectory],
      ...['--port', String(port), '--log-level', 'error'],
    ],
    { stdio: 'ignore' },
  );
  onEnd(() => {
    started.kill('SIGKILL');
  });
  return {
    process: started,
    until: (isWanted) => untilStatus(() => statusOf(port), isWanted),
  };
}

async function createParts(onEnd: (end: () => Promise<void>) => void): Promise<{
  readonly clickHouse: ClickHouseHandle;
  readonly place: Place;
}> {
  const clickHouse = await startClickHouse();
  onEnd(() => clickHouse.stop());
  await createSchema(clickHouse);
  const place = await createPlace(kafka, clickHouse);
  onEnd(() => place.remove());
  await kafkaFrom(kafka).createTopic(`${place.prefix}${L7}`, 4);
  await configure(place, clickHouse, 4);
  return { clickHouse, place };
}

/** Writes the configuration that new pods read. */
function configure(place: Place, clickHouse: ClickHouseHandle, shards: number): Promise<void> {
  const startFrom = new Date(Date.now() - 5_000).toISOString();
  const delivery = { guarantee: 'ExactlyOnce', shards } as const;
  const change = { clickHouse: { settleSeconds: 5, startFrom }, other: { delivery } };
  return place.writeConfig(configFor(place, { kafka, clickHouse }, change));
}

const has = (count: number) => (status: StatusReport) => status.shards.length === count;

describe.concurrent('pods of one exporter', () => {
  test('share its work, and lose and repeat nothing while they and shards come, go and die', async ({
    onTestFinished,
    expect,
  }) => {
    const { clickHouse, place } = await createParts(onTestFinished);
    const rows = startRowStream(clickHouse, STREAM);
    const start = (): Promise<Pod> => startPod(place, onTestFinished);
    const first = await start();
    await first.until(has(4));
    await first.until(({ recordsExported }) => recordsExported > 200);
    const second = await start();
    const halves = await Promise.all([first, second].map((pod) => pod.until(has(2))));
    expect(halves.flatMap(({ shards }) => shards).toSorted((a, b) => a - b)).toEqual(SHARDS);
    await second.until(({ recordsExported, delivering }) => delivering && recordsExported > 200);
    // Two more shards: the third pod adds partitions and, once it has the first shard, shares time anew.
    const { username } = place.user;
    const alter = { ...place.rights.checkpoints, operations: ['alter'] } as const;
    await kafkaFrom(kafka).grant(username, alter);
    await configure(place, clickHouse, 6);
    const third = await start();
    await Promise.all([first, second, third].map((pod) => pod.until(has(2))));
    // Killed: the others find out when they hear nothing of it. Told to stop: at once.
    second.process.kill('SIGKILL');
    await Promise.all([first, third].map((pod) => pod.until(has(3))));
    first.process.kill('SIGTERM');
    expect(await once(first.process, 'exit')).toEqual([0, null]);
    await third.until(has(6));
    const { recordsExported } = await third.until(({ delivering }) => delivering);
    await third.until((status) => status.recordsExported > recordsExported + 400);
    const written = await rows.stop();
    const reader = await readRecords(place, kafka, L7);
    await reader.waitUntil(() => new Set(reader.values.map(String)).size >= written, 30_000);
    await reader.stop();
    const records = compareRecords(await expectedRecords(clickHouse, L7), reader.values);
    expect(records).toMatchObject({
      missingCount: 0,
      foreignCount: 0,
      found: written,
      repeated: 0,
    });
    const brokers = kafka.bootstrap.split(',');
    const progress = await readTopic({ clientId: 'test', brokers }, place.checkpointTopic);
    await progress.waitUntil(
      () => progress.values.some((value) => SIX_SHARE.test(String(value))),
      10_000,
    );
    await progress.stop();
    third.process.kill('SIGTERM');
    expect(await once(third.process, 'exit')).toEqual([0, null]);
  });
});
