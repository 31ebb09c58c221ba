import type { DataSource } from '../deepflow/data-sources.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { CheckpointStore } from './checkpoint/checkpoint-store.ts';
import { createCheckpointer } from './checkpoint/checkpointer.ts';
import { startCursor } from './checkpoint/start-cursor.ts';
import type { ExporterConfig } from './contract/exporter-config.ts';
import type { Lanes } from './delivery/lanes.ts';
import { Progress } from './delivery/progress.ts';
import type { NameTables } from './encode/name-tables.ts';
import { prepareSource } from './prepare-source.ts';
import { exportDataSource, type Prepared } from './source/export-data-source.ts';
import type { PipelineSignals } from './pipeline-signals.ts';
import type { RecordSource } from './source/source.ts';
import type { HealthBoard } from './status/health-board.ts';

/** Names of resources as they are now. */
export interface NameWatch {
  tables(): NameTables;
}

/** What a pipeline is made of. */
export interface PipelineDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly health: HealthBoard;
  readonly source: RecordSource;
  readonly lanes: Lanes;
  readonly checkpoints: CheckpointStore;
  /** Reads the names of resources, and keeps them fresh until `signal` aborts. */
  readonly openNames: (signal: AbortSignal) => Promise<NameWatch>;
}

/** A running pipeline: source → encode → batch → lanes → Kafka → checkpoint. */
export interface Pipeline {
  /** Seconds between now and the oldest record not yet delivered, by data source. */
  lagSeconds(): ReadonlyMap<DataSource, number>;
  /** Columns that records or filters want and the tables lack; data sources that lack none are absent. */
  missingColumns(): ReadonlyMap<DataSource, readonly string[]>;
  /**
   * Resolves when everything is read and delivered as far as it was when `stopReading` aborted, and the
   * checkpoints are saved; at the latest when `giveUp` aborts.
   */
  readonly done: Promise<void>;
}

/** Starts a pipeline for all data sources of a configuration. */
export function startPipeline(
  deps: PipelineDeps,
  config: ExporterConfig,
  signals: PipelineSignals,
): Pipeline {
  const progress = new Map<DataSource, Progress>();
  const missingColumns = new Map<DataSource, readonly string[]>();
  return {
    missingColumns: () => missingColumns,
    lagSeconds: () => {
      const now = deps.clock.now() / 1000;
      return new Map([...progress].map(([name, { cursor }]) => [name, Math.max(0, now - cursor)]));
    },
    done: run(deps, config, { ...signals, progress, missingColumns }),
  };
}

interface PipelineContext extends PipelineSignals {
  readonly progress: Map<DataSource, Progress>;
  readonly missingColumns: Map<DataSource, readonly string[]>;
}

async function run(
  deps: PipelineDeps,
  config: ExporterConfig,
  context: PipelineContext,
): Promise<void> {
  const { stopReading, giveUp } = context;
  const saved = await deps.checkpoints.load(stopReading);
  if (saved === undefined) return;
  const names = await deps.openNames(stopReading);
  const checkpointer = createCheckpointer(
    { clock: deps.clock, store: deps.checkpoints },
    stopReading,
  );

  const runOne = async (dataSource: DataSource): Promise<void> => {
    const cursor =
      saved.get(dataSource) ?? (await startCursor(deps, { dataSource, config }, stopReading));
    if (cursor === undefined) return;
    const progress = new Progress(cursor);
    context.progress.set(dataSource, progress);
    // A start that was once resolved is kept, so that no restart moves it.
    checkpointer.moved(dataSource, cursor);
    if (!(await checkpointer.flush(stopReading))) return;
    deps.logger.info({ dataSource, cursor, resumed: saved.has(dataSource) }, 'export starts');

    const onProgress = (): void => {
      checkpointer.moved(dataSource, progress.cursor);
    };
    const onMissingColumns = (columns: readonly string[]): void => {
      if (columns.length === 0) context.missingColumns.delete(dataSource);
      else context.missingColumns.set(dataSource, columns);
    };
    const prepareDeps = { ...deps, names, progress, onProgress, onMissingColumns };
    const prepare = (available: ReadonlyMap<string, string>): Prepared =>
      prepareSource(prepareDeps, config, { dataSource, available });
    const { settleSeconds } = config.clickHouse;
    await exportDataSource(
      { ...deps, prepare, progress, onProgress },
      { dataSource, settleSeconds },
      context,
    );
  };
  await Promise.all(config.dataSources.map(runOne));
  await deps.lanes.idle();
  await checkpointer.flush(giveUp);
}
