import { randomUUID } from 'node:crypto';
import type { DataSource } from '../deepflow/data-sources.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { createPlaces } from '../lib/places.ts';
import type { ReadingConfig } from './contract/exporter-config.ts';
import type { NameTables } from './encode/name-tables.ts';
import type { PipelineSignals } from './pipeline-signals.ts';
import { prepareTable } from './prepare-table.ts';
import type { ProgressMessage } from './shard/progress-message.ts';
import type { RecordProducer } from './shard/record-producer.ts';
import { settlePlan } from './shard/settle-plan.ts';
import { ShardLoop } from './shard/shard-loop.ts';
import { startSecond } from './shard/start-second.ts';
import { watchTables } from './shard/tables.ts';
import type { RecordSource } from './source/source.ts';
import type { HealthBoard } from './status/health-board.ts';
import type { ExporterMetrics } from './status/metrics.ts';

/** Names of resources as they are now. */
export interface NameWatch {
  tables(): NameTables;
}

/** What the shards have committed. */
interface ShardProgress {
  partitions(signal: AbortSignal): Promise<number | undefined>;
  read(
    shard: number,
    opening: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly ProgressMessage[] | undefined>;
}

/** What a pipeline is made of. */
export interface PipelineDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly health: HealthBoard;
  readonly metrics: ExporterMetrics;
  readonly source: RecordSource;
  readonly progress: ShardProgress;
  readonly producerOf: (shard: number) => RecordProducer;
  /** Reads the names of resources, and keeps them fresh until `signal` aborts. */
  readonly openNames: (signal: AbortSignal) => Promise<NameWatch>;
}

/** A running pipeline: source → encode → batch → transaction of records and progress. */
export interface Pipeline {
  /** Seconds between now and the oldest record not yet delivered, by data source. */
  lagSeconds(): ReadonlyMap<DataSource, number>;
  /** Columns that records or filters want and the tables lack; data sources that lack none are absent. */
  missingColumns(): ReadonlyMap<DataSource, readonly string[]>;
  /**
   * Resolves when what was under way when `stopReading` aborted is committed; at the latest when `giveUp` aborts.
   */
  readonly done: Promise<void>;
}

/** Starts a pipeline for all data sources of a configuration. */
export function startPipeline(
  deps: PipelineDeps,
  config: ReadingConfig,
  signals: PipelineSignals,
): Pipeline {
  const loops: ShardLoop[] = [];
  const missingColumns = new Map<DataSource, readonly string[]>();
  return {
    missingColumns: () => missingColumns,
    lagSeconds: () => {
      // A shard that is not taken over yet may have the oldest record of all.
      if (!loops.every(({ wasOpen }) => wasOpen)) return new Map();
      const now = deps.clock.now() / 1000;
      return new Map(
        config.dataSources.flatMap((dataSource) => {
          const nexts = loops.flatMap((loop) => loop.nextOf(dataSource) ?? []);
          return nexts.length === 0 ? [] : [[dataSource, Math.max(0, now - Math.min(...nexts))]];
        }),
      );
    },
    done: run(deps, config, { ...signals, loops, missingColumns }),
  };
}

/** Succeeds once every shard has been taken over. */
const CHECK = 'shards';

interface PipelineContext extends PipelineSignals {
  readonly loops: ShardLoop[];
  readonly missingColumns: Map<DataSource, readonly string[]>;
}

async function run(
  deps: PipelineDeps,
  config: ReadingConfig,
  context: PipelineContext,
): Promise<void> {
  const { stopReading } = context;
  const { dataSources, clickHouse } = config;
  deps.health.expect(CHECK);
  const partitions = await deps.progress.partitions(stopReading);
  if (partitions === undefined) return;
  const names = await deps.openNames(stopReading);
  const onMissingColumns = (dataSource: DataSource, columns: readonly string[]): void => {
    if (columns.length === 0) context.missingColumns.delete(dataSource);
    else context.missingColumns.set(dataSource, columns);
  };
  const tables = watchTables(
    {
      ...deps,
      prepare: (dataSource, available) =>
        prepareTable({ ...deps, names, onMissingColumns }, config, { dataSource, available }),
    },
    dataSources,
    stopReading,
  );
  const place = createPlaces(config.queueCount);
  const open = new Set<number>();
  for (let shard = 0; shard < partitions; shard++) {
    const planDeps = {
      ...deps,
      dataSources,
      partitions,
      startOf: (dataSource: DataSource, signal: AbortSignal) =>
        startSecond(deps, { dataSource, startFrom: clickHouse.startFrom }, signal),
      read: (signal: AbortSignal) => deps.progress.read(0, undefined, signal),
    };
    context.loops.push(
      new ShardLoop(
        {
          ...deps,
          tables,
          place,
          producer: deps.producerOf(shard),
          readProgress: (opening, signal) => deps.progress.read(shard, opening, signal),
          newOpening: randomUUID,
          onOpen: () => {
            open.add(shard);
            if (open.size === partitions) deps.health.ok(CHECK);
          },
          plan: (own, signal) => settlePlan(planDeps, { ...own, shard }, signal),
        },
        {
          shard,
          dataSources,
          timing: {
            settleSeconds: clickHouse.settleSeconds,
            latenessSeconds: clickHouse.latenessSeconds,
            gatherSeconds: config.flushTimeoutSeconds,
          },
          limits: { records: config.batchSize, bytes: config.kafka.maxRequestBytes },
          format: config.kafka.compression === 'lz4' ? 'lz4' : 'plain',
        },
      ),
    );
  }
  deps.logger.info({ dataSources, shards: partitions }, 'export starts');
  await Promise.all(context.loops.map((loop) => loop.run(context)));
}
