import { expect, test } from 'vitest';
import type { RecordSource } from '../../../src/exporter/source/source.ts';
import { createRandom } from '../../faults/random.ts';
import { ClickHouseModel } from '../../simulate/clickhouse-model.ts';
import { startExporterProcess, type World } from '../../simulate/exporter-process.ts';
import { KafkaModel } from '../../simulate/kafka/kafka-model.ts';
import { type ProcessClock, SimulatedTime } from '../../simulate/simulated-time.ts';
import { exporterConfig } from '../exporter-config.ts';

const START_MS = 1_700_000_000_000;
const STOP_STEP_MS = 10;
const STARTED_MS = 2_000;
const ENDED_MS = 60_000;

/** A source whose rows cannot be read because of a bug. */
class FaultyClickHouse extends ClickHouseModel {
  override sourceFor(clock: ProcessClock): RecordSource {
    const read = (): never => {
      throw new TypeError('a bug');
    };
    return { ...super.sourceFor(clock), read };
  }
}

function openWorld(
  Source: typeof ClickHouseModel,
  shards: number,
): { readonly world: World; readonly withShards: (count: number) => World } {
  const time = new SimulatedTime();
  const random = createRandom(1);
  const kafka = new KafkaModel(time, random, 1);
  kafka.createTopic('records', 1);
  const clickHouse = new Source(time, random);
  const withShards = (count: number): World => ({
    time,
    random,
    kafka,
    clickHouse,
    startMs: START_MS,
    config: exporterConfig({
      clickHouse: { settleSeconds: 1, latenessSeconds: 6 },
      kafka: { checkpointTopic: 'checkpoints' },
      other: {
        dataSources: ['flow_log.l7_flow_log'],
        topic: 'records',
        universalTagTranslateToNameDisabled: true,
        delivery: { guarantee: 'ExactlyOnce', shards: count },
      },
    }),
  });
  return { world: withShards(shards), withShards };
}

/** How a promise has ended so far. */
function watch(promise: Promise<void>): () => string {
  let state = 'running';
  promise.then(
    () => (state = 'ended'),
    (error: unknown) => (state = String(error)),
  );
  return () => state;
}

test('an exporter ends properly, whenever it is told to stop while it adds shards', async () => {
  for (let stopMs = STOP_STEP_MS; stopMs <= STARTED_MS; stopMs += STOP_STEP_MS) {
    const { world, withShards } = openWorld(ClickHouseModel, 2);
    const first = startExporterProcess(world);
    await world.time.runUntil(STARTED_MS);
    first.stop();
    await world.time.runUntil(2 * STARTED_MS);
    const second = startExporterProcess(withShards(4));
    const state = watch(second.pipeline.done);
    await world.time.runUntil(2 * STARTED_MS + stopMs);
    second.stop();
    await world.time.runUntil(2 * STARTED_MS + stopMs + ENDED_MS);
    expect([stopMs, state()]).toEqual([stopMs, 'ended']);
  }
});

test('an exporter knows how many shards there are, which may be more than it wants', async () => {
  const { world, withShards } = openWorld(ClickHouseModel, 4);
  const first = startExporterProcess(world);
  expect(first.pipeline.shardCount()).toBeUndefined();
  await world.time.runUntil(STARTED_MS);
  first.stop();
  const second = startExporterProcess(withShards(2));
  await world.time.runUntil(2 * STARTED_MS);
  expect(second.pipeline.shardCount()).toBe(4);
});

test('an exporter with a bug ends with the error, and leaves its group', async () => {
  const { world } = openWorld(FaultyClickHouse, 1);
  world.clickHouse.insert({ id: 1, second: START_MS / 1000 + 1 });
  const state = watch(startExporterProcess(world).pipeline.done);
  const isMember = (): boolean =>
    world.kafka.group.heartbeat('member-1', 1) !== 'UNKNOWN_MEMBER_ID';
  let ms = 0;
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo() && ms < ENDED_MS) await world.time.runUntil((ms += STOP_STEP_MS));
  };
  await until(isMember);
  await until(() => state() !== 'running');
  expect(state()).toBe('TypeError: a bug');
  expect(isMember()).toBe(false);
});
