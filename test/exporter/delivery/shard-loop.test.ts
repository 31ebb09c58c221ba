import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { ShardLoop } from '../../../src/exporter/delivery/shard/shard-loop.ts';
import { createExporterMetrics } from '../../../src/exporter/status/metrics.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { poisonedMemory } from '../../lib/poisoned-memory.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import { MemoryKafka, MemoryTable } from './simulation.ts';

const L7 = 'flow_log.l7_flow_log';
const START = 1_700_000_000;

test('a loop that is told to stop while it waits for its place starts no step', async () => {
  const clock = createManualClock((START + 100) * 1_000);
  const kafka = new MemoryKafka();
  const table = new MemoryTable();
  table.rows.push({ id: 1, second: START + 1 });
  const place = Promise.withResolvers<undefined>();
  const waiting = Promise.withResolvers<undefined>();
  const stopReading = new AbortController();
  const loop = new ShardLoop(
    {
      clock,
      random: () => 1,
      logger: silentLogger,
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
      producer: kafka.producer(0),
      limit: async (work) => {
        waiting.resolve(undefined);
        await place.promise;
        return work();
      },
      readProgress: () => Promise.resolve(kafka.progress.get(0) ?? []),
      newMarker: randomUUID,
      owner: undefined,
      onOpen: () => undefined,
      plan: () =>
        Promise.resolve({
          layout: [{ from: 0, shards: 1 }],
          starts: new Map([[L7, START]]),
        }),
    },
    {
      shard: 0,
      dataSources: [L7],
      timing: { settleSeconds: 1, latenessSeconds: 5, gatherSeconds: 1 },
      isFenced: true,
      limits: { records: 10, bytes: 10_000 },
      format: 'plain',
    },
  );
  const { signal: giveUp } = new AbortController();
  const done = loop.run({ stopReading: stopReading.signal, giveUp });
  await waiting.promise;
  stopReading.abort();
  place.resolve(undefined);
  await done;
  expect(kafka.ids).toEqual([]);
});
