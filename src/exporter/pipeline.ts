import type { DataSource } from '../deepflow/data-sources.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { CheckpointStore } from './checkpoint/checkpoint-store.ts';
import { createCheckpointer } from './checkpoint/checkpointer.ts';
import { startCursor } from './checkpoint/start-cursor.ts';
import type { ExporterConfig } from './contract/exporter-config.ts';
import { Batcher } from './delivery/batcher.ts';
import type { Lanes } from './delivery/lanes.ts';
import { Progress } from './delivery/progress.ts';
import { compileEncoder } from './encode/compile-encoder.ts';
import { exportDataSource } from './source/export-data-source.ts';
import type { PipelineSignals } from './pipeline-signals.ts';
import type { RecordSource } from './source/source.ts';
import type { HealthBoard } from './status/health-board.ts';

/** What a pipeline is made of. */
export interface PipelineDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly health: HealthBoard;
  readonly source: RecordSource;
  readonly lanes: Lanes;
  readonly checkpoints: CheckpointStore;
}

/** A running pipeline: source → encode → batch → lanes → Kafka → checkpoint. */
export interface Pipeline {
  /** Seconds between now and the oldest record not yet delivered, by data source. */
  lagSeconds(): ReadonlyMap<DataSource, number>;
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
  return {
    lagSeconds: () => {
      const now = deps.clock.now() / 1000;
      return new Map([...progress].map(([name, { cursor }]) => [name, Math.max(0, now - cursor)]));
    },
    done: run(deps, config, { ...signals, progress }),
  };
}

async function run(
  deps: PipelineDeps,
  config: ExporterConfig,
  context: PipelineSignals & { readonly progress: Map<DataSource, Progress> },
): Promise<void> {
  const { stopReading, giveUp } = context;
  const saved = await deps.checkpoints.load(stopReading);
  if (saved === undefined) return;
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
    const encoder = compileEncoder(dataSource, {
      tags: config.exportEmptyTag,
      metrics: !config.exportEmptyMetricsDisabled,
    });
    const batcher = new Batcher(
      {
        clock: deps.clock,
        progress,
        submit: (batch, onDelivered) => deps.lanes.submit(batch, onDelivered),
        onDelivered: onProgress,
      },
      {
        dataSource,
        encoder,
        limits: { records: config.batchSize, bytes: config.kafka.maxRequestBytes },
        flushTimeoutMs: config.flushTimeoutSeconds * 1000,
      },
    );
    const { settleSeconds } = config.clickHouse;
    await exportDataSource(
      { ...deps, batcher, progress, onProgress },
      { dataSource, columns: encoder.columns, settleSeconds },
      context,
    );
    await batcher.flush();
  };
  await Promise.all(config.dataSources.map(runOne));
  await deps.lanes.idle();
  await checkpointer.flush(giveUp);
}
