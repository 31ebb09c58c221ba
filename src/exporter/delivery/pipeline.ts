import { randomUUID } from 'node:crypto';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Memory } from '../../lib/buffer-pool.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { aborted } from '../../lib/aborted.ts';
import { limitConcurrency } from '../../lib/concurrency-limit.ts';
import { createLatestValue } from '../../lib/latest-value.ts';
import type { ReadingConfig } from '../contract/exporter-config.ts';
import type { NameWatch } from '../encode/values/name-tables.ts';
import type { StopSignals } from './stop-signals.ts';
import { prepareTable } from '../records/prepare-table.ts';
import { amendPartition } from './time-plan/amend-partition.ts';
import type { ProgressMessage } from '../progress/progress-message.ts';
import type { RecordProducer } from '../producer/record-producer.ts';
import { ownerOf, recordedOwner } from './progress-owner.ts';
import { TIME_PLAN_SHARD } from '../progress/time-plan.ts';
import { agreeOnTimePlan } from './time-plan/agree-on-time-plan.ts';
import type { ShardGroup } from './group/shard-group.ts';
import type { ShardLag } from '../status/shard-lag.ts';
import { ShardLoop } from './shard/shard-loop.ts';
import { ShardSet } from './group/shard-set.ts';
import { findStarts } from './time-plan/start-second.ts';
import { type TableWatch, watchTables } from './table-watch.ts';
import type { RecordSource } from '../source/source.ts';
import type { HealthBoard } from '../status/health-board.ts';
import type { ExporterMetrics } from '../status/metrics.ts';
import { isShardCheck } from '../status/shard-checks.ts';

/** What the shards have committed. */
interface ShardProgress {
  partitions(signal: AbortSignal): Promise<number | undefined>;
  readonly read: (
    shard: number,
    marker: string | undefined,
    signal: AbortSignal,
  ) => Promise<readonly ProgressMessage[] | undefined>;
}

/** What a pipeline is made of. */
export interface PipelineDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly health: HealthBoard;
  readonly metrics: ExporterMetrics;
  readonly source: RecordSource;
  readonly memory: Memory;
  readonly progress: ShardProgress;
  readonly producerOf: (shard: number) => RecordProducer;
  readonly group: ShardGroup;
  /** False while the topic of a data source is known to be missing. */
  readonly hasTopic: (dataSource: DataSource) => boolean;
  /** Reads the names of resources, and keeps them fresh until `signal` aborts. */
  readonly openNames: (signal: AbortSignal) => Promise<NameWatch>;
}

/** A running pipeline: source → encode → batch → transaction of records and progress. */
export interface Pipeline {
  /** Shards that this exporter has now, in order. */
  shards(): readonly number[];
  /** How many shards all exporters have together. Undefined before this is known. */
  shardCount(): number | undefined;
  /** Seconds between now and the oldest record not yet delivered, by data source. */
  lagSeconds(): ReadonlyMap<DataSource, number>;
  /** The same lag for each shard that was taken over. */
  shardLags(): readonly ShardLag[];
  /**
   * Columns that records or filters need and the table lacks. Data sources that lack no column are
   * absent.
   */
  missingColumns(): ReadonlyMap<DataSource, readonly string[]>;
  /**
   * Resolves when the steps that ran when `stopReading` aborted are committed, and at the latest
   * when `giveUp` aborts.
   */
  readonly done: Promise<void>;
}

/** Starts a pipeline for all data sources of a configuration. */
export function startPipeline(
  deps: PipelineDeps,
  config: ReadingConfig,
  signals: StopSignals,
): Pipeline {
  const missingColumns = new Map<DataSource, readonly string[]>();
  const shardSet = createLatestValue<ShardSet>();
  const shardLags = (): readonly ShardLag[] => {
    const now = deps.clock.now() / 1000;
    const loops = shardSet.get()?.loops ?? [];
    return loops
      .filter(({ wasOpen }) => wasOpen)
      .flatMap((loop) =>
        config.dataSources.flatMap((dataSource) => {
          const next = loop.nextOf(dataSource);
          if (next === undefined) return [];
          return [{ shard: loop.shard, dataSource, seconds: Math.max(0, now - next) }];
        }),
      );
  };
  return {
    shardLags,
    missingColumns: () => missingColumns,
    shards: () => shardSet.get()?.owned() ?? [],
    shardCount: () => shardSet.get()?.shards,
    lagSeconds: () => {
      const loops = shardSet.get()?.loops ?? [];
      // A shard that is not taken over yet may have the oldest record.
      if (!loops.every(({ wasOpen }) => wasOpen)) return new Map();
      const lags = new Map<DataSource, number>();
      for (const { dataSource, seconds } of shardLags()) {
        lags.set(dataSource, Math.max(seconds, lags.get(dataSource) ?? 0));
      }
      return lags;
    },
    done: run(deps, config, {
      ...signals,
      missingColumns,
      onShards: (shards) => {
        shardSet.set(shards);
      },
    }),
  };
}

interface PipelineContext extends StopSignals {
  readonly missingColumns: Map<DataSource, readonly string[]>;
  readonly onShards: (shards: ShardSet) => void;
}

async function run(
  deps: PipelineDeps,
  config: ReadingConfig,
  context: PipelineContext,
): Promise<void> {
  const { stopReading, giveUp } = context;
  const partitions = await deps.progress.partitions(stopReading);
  if (partitions === undefined) return;
  const names = await deps.openNames(stopReading);
  const tables = openTables(deps, config, { ...context, names });
  const createLoop = loopFactory(deps, config, { tables, partitions, stopReading });
  const onIdle = (): void => {
    // The new owners of the shards report the problems of the shards.
    deps.health.forget(isShardCheck);
    tables.release();
  };
  const progressOwner = ownerOf(config);
  const planned = await deps.progress.read(TIME_PLAN_SHARD, undefined, stopReading);
  if (planned === undefined) return;
  const isRecorded = progressOwner !== undefined && recordedOwner(planned)?.id === progressOwner.id;
  const progress = { shards: partitions, progressOwner, isRecorded };
  const shards = new ShardSet({ ...deps, createLoop, onIdle }, progress, context);
  context.onShards(shards);
  deps.logger.info({ dataSources: config.dataSources, shards: partitions }, 'export starts');
  const ended = new AbortController();
  const membership = deps.group.run(shards, AbortSignal.any([ended.signal, giveUp]));
  try {
    await Promise.race([aborted(stopReading), shards.failure]);
    // Leave the group only after the loops have ended, so no other pod gets a shard that is still
    // being exported.
    await Promise.race([shards.end(), shards.failure]);
  } finally {
    // Also after a bug, which ends this process: the other pods get its shards at once.
    ended.abort();
    await membership;
  }
}

function openTables(
  deps: PipelineDeps,
  config: ReadingConfig,
  { names, missingColumns, stopReading }: PipelineContext & { readonly names: NameWatch },
): TableWatch {
  const onMissingColumns = (dataSource: DataSource, columns: readonly string[]): void => {
    if (columns.length === 0) missingColumns.delete(dataSource);
    else missingColumns.set(dataSource, columns);
  };
  return watchTables(
    {
      ...deps,
      prepare: (dataSource, available) =>
        prepareTable({ ...deps, names, onMissingColumns }, config, { dataSource, available }),
    },
    config.dataSources,
    stopReading,
  );
}

/** What all shard loops share. */
interface LoopsShared {
  readonly tables: TableWatch;
  readonly partitions: number;
  readonly stopReading: AbortSignal;
}

/** Returns a function that makes shard loops which share `shared`. */
function loopFactory(
  deps: PipelineDeps,
  config: ReadingConfig,
  shared: LoopsShared,
): ConstructorParameters<typeof ShardSet>[0]['createLoop'] {
  const { dataSources, clickHouse } = config;
  const { tables, partitions, stopReading } = shared;
  const limit = limitConcurrency(config.queueCount);
  const amendDeps = { ...deps, read: deps.progress.read, newMarker: randomUUID };
  const planDeps = {
    ...deps,
    dataSources,
    partitions,
    startOf: findStarts({ ...deps, tables }, clickHouse.startFrom, stopReading),
    read: (signal: AbortSignal) => deps.progress.read(TIME_PLAN_SHARD, undefined, signal),
    // Without transactions, nothing stops an older exporter that still uses the old time layout.
    amend:
      config.delivery.guarantee === 'ExactlyOnce'
        ? (shard: number, added: readonly ProgressMessage[], signal: AbortSignal) =>
            amendPartition(amendDeps, { shard, addedTo: () => added }, signal)
        : undefined,
  };
  return (shard, onOpen) =>
    new ShardLoop(
      {
        ...deps,
        tables,
        limit,
        producer: deps.producerOf(shard),
        readProgress: (marker, signal) => deps.progress.read(shard, marker, signal),
        newMarker: randomUUID,
        owner: ownerOf(config),
        onOpen,
        plan: (own, signal) => agreeOnTimePlan(planDeps, { ...own, shard }, signal),
      },
      {
        shard,
        dataSources,
        timing: {
          settleSeconds: clickHouse.settleSeconds,
          latenessSeconds: clickHouse.latenessSeconds,
          gatherSeconds: config.flushTimeoutSeconds,
        },
        isFenced: config.delivery.guarantee === 'ExactlyOnce',
        limits: { records: config.batchSize, bytes: config.kafka.maxRequestBytes },
        format: config.kafka.compression === 'lz4' ? 'lz4' : 'plain',
      },
    );
}
