import { Registry } from 'prom-client';
import type { ReadingConfig } from '../../src/exporter/contract/exporter-config.ts';
import { type Pipeline, startPipeline } from '../../src/exporter/delivery/pipeline.ts';
import { NO_NAMES } from '../../src/exporter/encode/values/name-tables.ts';
import { createProgressStore } from '../../src/exporter/kafka/checkpoint/progress-store.ts';
import { createConsumerGroup } from '../../src/exporter/kafka/group/consumer-group.ts';
import { KafkaProducer } from '../../src/exporter/kafka/produce/kafka-producer.ts';
import { shardOwner } from '../../src/exporter/kafka/produce/producer-owner.ts';
import type { KafkaConnection } from '../../src/exporter/kafka/session/kafka-connection.ts';
import { createHealthBoard, type HealthBoard } from '../../src/exporter/status/health-board.ts';
import { createExporterMetrics } from '../../src/exporter/status/metrics.ts';
import { TransactionSize } from '../../src/exporter/producer/transaction-size.ts';
import { poisonedMemory } from '../lib/poisoned-memory.ts';
import { silentLogger } from '../lib/silent-logger.ts';
import type { Random } from '../faults/random.ts';
import type { ClickHouseModel } from './clickhouse-model.ts';
import type { KafkaModel } from './kafka/kafka-model.ts';
import { ModelSession } from './kafka/model-session.ts';
import { createProcessClock, type ProcessClock, type SimulatedTime } from './simulated-time.ts';

/** Below the pod's grace period of 60 seconds, as in the exporter. */
const DRAIN_MS = 50_000;

/** What all processes of a simulation share. */
export interface World {
  readonly time: SimulatedTime;
  readonly random: Random;
  readonly kafka: KafkaModel;
  readonly clickHouse: ClickHouseModel;
  readonly config: ReadingConfig;
  /** Time of day when the simulation begins, in milliseconds since the Unix epoch. */
  readonly startMs: number;
}

/** A running exporter. Only its session with Kafka and its source of rows are models; all else is the product's code. */
export interface ExporterProcess {
  readonly clock: ProcessClock;
  readonly health: HealthBoard;
  readonly pipeline: Pipeline;
  /** Ends it at once, as SIGKILL does. */
  kill(): void;
  /** Ends it as SIGTERM does: rows that it has read are delivered, until the time for draining is over. */
  stop(): void;
  /** Ends everything in it that still waits, so that dead processes use no memory. */
  dispose(): void;
}

/** Starts an exporter. */
export function startExporterProcess(world: World): ExporterProcess {
  const { time, random, kafka, clickHouse, config, startMs } = world;
  const clock = createProcessClock(time, startMs);
  const health = createHealthBoard(clock, silentLogger);
  const stopReading = new AbortController();
  const giveUp = new AbortController();
  const size = new TransactionSize(clock);
  const session = new ModelSession(kafka, clock, (ms) => {
    size.throttled(ms);
  });
  const connection: KafkaConnection = {
    session: () => Promise.resolve(session),
    current: () => session,
    revision: () => session.revision,
    close: () => session.close(),
  };
  const deps = {
    clock,
    random: () => random.next(),
    logger: silentLogger,
    health,
    metrics: createExporterMetrics(new Registry()),
    connection,
    size,
    memory: poisonedMemory,
    giveUp: giveUp.signal,
  };
  const pipeline = startPipeline(
    {
      ...deps,
      source: clickHouse.sourceFor(clock),
      hasTopic: () => true,
      progress: createProgressStore(deps, config),
      group: createConsumerGroup(deps, config),
      producerOf: (shard) => new KafkaProducer(deps, config, shardOwner(config, shard)),
      openNames: () => Promise.resolve({ tables: () => NO_NAMES }),
    },
    config,
    { stopReading: stopReading.signal, giveUp: giveUp.signal },
  );
  return {
    clock,
    health,
    pipeline,
    kill: () => {
      clock.die();
    },
    stop: () => {
      stopReading.abort();
      clock.after(DRAIN_MS, () => {
        giveUp.abort();
      });
      void pipeline.done.then(() => {
        clock.die();
      });
    },
    dispose: () => {
      clock.die();
      stopReading.abort();
      giveUp.abort();
    },
  };
}
