import { describe, inject, test } from 'vitest';
import type { StatusReport } from '../../../src/exporter/contract/status-report.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { startRowStream } from '../../harness/generator/stream.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { readTopic } from '../../harness/kafka/topic-reader.ts';
import { type ExporterCommand, startCommand } from './exporter-command.ts';
import { configFor, type Place } from './exporter-under-test.ts';
import { compareWithTable, eachOnce, L7, newPlace, type OnEnd, startTables } from './parts.ts';

const STREAM = {
  dataSource: L7,
  seed: 5,
  rowsPerSecond: 400,
  lateShare: 0.1,
  lateSecondsMax: 2,
} as const;
const SHARDS = Array.from({ length: 4 }, (_, shard) => shard);

const SIX_SHARE = /"periods":\[\{"from":0,"shards":4\},\{"from":\d+,"shards":6\}\]/;

/** The reader's group has to meet first, which takes seconds on a busy machine. */
const READ_MS = 60_000;

const kafka = inject('kafka');

async function createParts(onEnd: OnEnd): Promise<{
  readonly clickHouse: ClickHouseHandle;
  readonly place: Place;
}> {
  const clickHouse = await startTables();
  onEnd(() => clickHouse.stop());
  const place = await newPlace(onEnd, { kafka, clickHouse }, { partitions: 4 });
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
    const start = (): Promise<ExporterCommand> => startCommand(onTestFinished, place);
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
    await second.end('SIGKILL');
    await Promise.all([first, third].map((pod) => pod.until(has(3))));
    expect(await first.end('SIGTERM')).toBe(0);
    await third.until(has(6));
    const { recordsExported } = await third.until(({ delivering }) => delivering);
    await third.until((status) => status.recordsExported > recordsExported + 400);
    const written = await rows.stop();
    const compared = await compareWithTable(place, { kafka, clickHouse }, written);
    expect(compared).toEqual(eachOnce(written));
    const brokers = kafka.bootstrap.split(',');
    const progress = await readTopic({ clientId: 'test', brokers }, place.checkpointTopic);
    const isShared = (): boolean => progress.values.some((value) => SIX_SHARE.test(String(value)));
    await progress.waitUntil(isShared, READ_MS);
    await progress.stop();
    expect(await third.end('SIGTERM')).toBe(0);
  });
});
