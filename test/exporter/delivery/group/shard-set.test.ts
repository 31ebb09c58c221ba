import { describe, expect, test } from 'vitest';
import { Registry } from 'prom-client';
import { ShardLoop } from '../../../../src/exporter/delivery/shard/shard-loop.ts';
import { ShardSet } from '../../../../src/exporter/delivery/group/shard-set.ts';
import { createHealthBoard } from '../../../../src/exporter/status/health-board.ts';
import { createExporterMetrics } from '../../../../src/exporter/status/metrics.ts';
import { deliveryCheck, isShardCheck } from '../../../../src/exporter/status/shard-checks.ts';
import { createManualClock } from '../../../lib/manual-clock.ts';
import { poisonedMemory } from '../../../lib/poisoned-memory.ts';
import { silentLogger } from '../../../lib/silent-logger.ts';
import { MemoryKafka, MemoryTable } from '../simulation.ts';

const L7 = 'flow_log.l7_flow_log';
const TOPIC = `deepflow.${L7}`;
const DELIVERY = { reason: 'TopicMissing', message: `topic ${TOPIC} does not exist` } as const;
const SESSION = { reason: 'BrokerUnreachable', message: 'no broker' } as const;
const ENDING_MS = 3_000;

/**
 * A set whose shards cannot be taken over, and report the reason again and again until they are
 * released.
 */
function failingShards() {
  const clock = createManualClock();
  const health = createHealthBoard(clock, silentLogger);
  const kafka = new MemoryKafka();
  const table = new MemoryTable();
  const fail = (): void => {
    health.fail(deliveryCheck(TOPIC), DELIVERY);
  };
  const createLoop = (shard: number, onOpen: () => void): ShardLoop =>
    new ShardLoop(
      {
        clock,
        random: () => 1,
        logger: silentLogger,
        owner: undefined,
        metrics: createExporterMetrics(new Registry()),
        source: table.source,
        memory: poisonedMemory,
        hasTopic: () => true,
        tables: {
          get: () => table.prepared,
          ok: () => undefined,
          fail: () => undefined,
          release: () => undefined,
        },
        producer: {
          ...kafka.producer(shard),
          open: async (signal) => {
            while (!signal.aborted) {
              fail();
              await clock.sleep(1_000, signal);
            }
            // The current step may still fail.
            await clock.sleep(ENDING_MS);
            fail();
            return false;
          },
        },
        limit: (work) => work(),
        readProgress: () => Promise.resolve([]),
        newMarker: () => 'marker',
        onOpen,
        plan: () => Promise.resolve(undefined),
      },
      {
        shard,
        dataSources: [L7],
        timing: { settleSeconds: 1, latenessSeconds: 0, gatherSeconds: 1 },
        isFenced: true,
        limits: { records: 1, bytes: 1_000 },
        format: 'plain',
      },
    );
  const { signal } = new AbortController();
  const onIdle = (): void => {
    health.forget(isShardCheck);
  };
  const progress = { shards: 4, progressOwner: undefined, isRecorded: false };
  const set = new ShardSet({ clock, health, createLoop, onIdle }, progress, {
    stopReading: signal,
    giveUp: signal,
  });
  return { clock, health, set };
}

describe('what keeps shards from delivering', () => {
  test('is no longer a problem of a pod that has no shard', async () => {
    const { clock, health, set } = failingShards();
    await set.assign([1, 2]);
    await clock.advance(100);
    expect(health.problems()).toMatchObject([DELIVERY]);
    const left = set.assign([]);
    await clock.advance(ENDING_MS + 100);
    expect(await left).toBe(false);
    expect(health.problems()).toEqual([]);
    expect(health.isDelivering()).toBe(true);
  });

  test('stays a problem while the pod has another shard', async () => {
    const { clock, health, set } = failingShards();
    await set.assign([1, 2]);
    const left = set.assign([2]);
    await clock.advance(ENDING_MS + 100);
    await left;
    expect(health.problems()).toMatchObject([DELIVERY]);
  });

  test('stays a problem when the pod gets a shard while it releases the last one', async () => {
    const { clock, health, set } = failingShards();
    await set.assign([1]);
    void set.assign([]);
    await set.assign([3]);
    await clock.advance(ENDING_MS + 100);
    expect(health.problems()).toMatchObject([DELIVERY]);
  });

  test('does not clear other problems', async () => {
    const { clock, health, set } = failingShards();
    health.fail('kafka session', SESSION);
    await set.assign([1]);
    const left = set.assign([]);
    await clock.advance(ENDING_MS + 100);
    await left;
    expect(health.problems()).toMatchObject([SESSION]);
  });
});
