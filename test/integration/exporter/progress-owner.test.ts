import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { insertRows } from '../../harness/generator/generate.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { configFor, createPlace, type Place, type RunningExporter } from './exporter-under-test.ts';
import { compareWithTable, eachOnce, newPlace, recentRows, startIn, startTables } from './parts.ts';

const kafka = inject('kafka');
const ROWS = 500;

/** A cluster of its own: a ClickHouse, topics, and a KafkaExporter with a UID. */
interface Installation {
  readonly place: Place;
  readonly clickHouse: ClickHouseHandle;
  readonly start: () => Promise<RunningExporter>;
}

/** An installation whose KafkaExporter has the same name, and so the same checkpoint topic, as the others. */
async function install(uid: string, checkpointTopic: string): Promise<Installation> {
  const clickHouse = await startTables();
  onTestFinished(() => clickHouse.stop());
  await insertRows(clickHouse, recentRows({ seed: uid.length, rows: ROWS, seconds: 60 }));
  const place = await newPlace(onTestFinished, { kafka, clickHouse }, { partitions: 2 });
  const owner = { uid, installation: '' };
  const change = { kafka: { checkpointTopic }, other: { owner, resource: 'observability/l7' } };
  const config = configFor(place, { kafka, clickHouse }, change);
  return { place, clickHouse, start: () => startIn(onTestFinished, place, config) };
}

describe('two installations with a KafkaExporter of the same name on one Kafka', () => {
  test('export everything in one of them, refuse the other one by name, and let it succeed a KafkaExporter that has gone', async () => {
    const topics = await createPlace(kafka, { url: '', username: '', password: '' });
    onTestFinished(() => topics.remove());
    const first = await install('uid-of-the-first', topics.checkpointTopic);
    const second = await install('uid-of-the-second-one', topics.checkpointTopic);
    const running = await first.start();
    await running.until(({ shards }) => shards.length === 4);

    const refused = await second.start();
    const { problems } = await refused.until(({ problems }) => problems.length > 0);
    expect(problems).toMatchObject([{ reason: 'ProgressOwnedByAnother' }]);
    expect(problems[0]?.message).toMatch(
      /belongs to the KafkaExporter observability\/l7 \(UID uid-of-the-first\), whose pods run, so the KafkaExporter observability\/l7 \(UID uid-of-the-second-one\) must not use it/,
    );
    await running.until(({ recordsExported }) => recordsExported >= ROWS);
    expect(await compareWithTable(first.place, { kafka, ...first }, ROWS)).toEqual(eachOnce(ROWS));
    expect(await refused.status()).toMatchObject({ shards: [], recordsExported: 0 });

    await running.exporter.stop();
    const { delivering, shards } = await refused.until((status) => status.delivering);
    expect({ delivering, shards }).toEqual({ delivering: true, shards: [0, 1, 2, 3] });
  });
});
