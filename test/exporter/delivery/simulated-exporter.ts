import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { amendPartition } from '../../../src/exporter/delivery/time-plan/amend-partition.ts';
import { agreeOnTimePlan } from '../../../src/exporter/delivery/time-plan/agree-on-time-plan.ts';
import { ShardLoop } from '../../../src/exporter/delivery/shard/shard-loop.ts';
import {
  createExporterMetrics,
  type ExporterMetrics,
} from '../../../src/exporter/status/metrics.ts';
import { limitConcurrency } from '../../../src/lib/concurrency-limit.ts';
import type { ManualClock } from '../../lib/manual-clock.ts';
import { poisonedMemory } from '../../lib/poisoned-memory.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import type { MemoryKafka, MemoryTable } from './simulation.ts';

const L7 = 'flow_log.l7_flow_log';
/** The second at which exporters start, since the Unix epoch. */
export const START = 1_700_000_000;
/** When exporters read rows. */
export const TIMING = { settleSeconds: 2, latenessSeconds: 12, gatherSeconds: 1 };
/** How many shards share time at first. */
export const SHARDS = 3;

/** An exporter with all shards, which can die at any instant. */
export function startExporter(
  clock: ManualClock,
  table: MemoryTable,
  kafka: MemoryKafka,
  options: {
    readonly shards?: number;
    /** The second at which its data source starts. Undefined: it is not known yet. */
    readonly startOf?: () => number | undefined;
    readonly metrics?: ExporterMetrics;
  } = {},
): () => void {
  const { shards = SHARDS, startOf = () => START, metrics = nobodysMetrics() } = options;
  const dead = new AbortController();
  // A dead process receives nothing, and its clock stands still.
  const own: ManualClock = {
    ...clock,
    sleep: (ms) => clock.sleep(ms).then(() => (dead.signal.aborted ? never() : undefined)),
  };
  const read = (shard: number) => () => Promise.resolve(kafka.progress.get(shard) ?? []);
  for (let shard = 0; shard < shards; shard++) {
    const loop = new ShardLoop(
      {
        clock: own,
        random: () => 1,
        logger: silentLogger,
        metrics,
        source: table.source,
        memory: poisonedMemory,
        hasTopic: () => true,
        tables: {
          get: () => (dead.signal.aborted ? undefined : table.prepared),
          ok: () => undefined,
          fail: () => undefined,
          release: () => undefined,
        },
        producer: kafka.producer(shard),
        limit: limitConcurrency(2),
        readProgress: read(shard),
        newMarker: randomUUID,
        owner: undefined,
        onOpen: () => undefined,
        plan: (partition, signal) =>
          agreeOnTimePlan(
            {
              clock: own,
              dataSources: [L7],
              partitions: shards,
              startOf: () => Promise.resolve(startOf()),
              read: read(0),
              amend: (other, added, abort) =>
                amendPartition(
                  {
                    clock: own,
                    random: () => 1,
                    producerOf: (each) => kafka.producer(each),
                    read: (each) => read(each)(),
                    newMarker: randomUUID,
                  },
                  { shard: other, addedTo: () => added },
                  abort,
                ),
            },
            { ...partition, shard },
            signal,
          ),
      },
      {
        shard,
        dataSources: [L7],
        timing: TIMING,
        isFenced: true,
        limits: { records: 50, bytes: 1_000_000 },
        format: 'plain',
      },
    );
    const { signal } = new AbortController();
    void loop.run({ stopReading: signal, giveUp: signal });
  }
  return () => {
    dead.abort();
  };
}

function nobodysMetrics(): ExporterMetrics {
  return createExporterMetrics(new Registry());
}

function never(): Promise<void> {
  return new Promise(() => undefined);
}
