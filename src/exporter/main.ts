import { Registry } from 'prom-client';
import { topicOf } from '../deepflow/data-sources.ts';
import { assert } from '../lib/assert.ts';
import { BufferPool } from '../lib/buffer-pool.ts';
import { systemClock } from '../lib/clock.ts';
import { startHttpServer } from '../lib/serve/http-server.ts';
import type { ListeningServer } from '../lib/serve/listening-server.ts';
import type { Logger } from '../lib/logger.ts';
import { proxyEnvironment } from '../lib/net/proxy-environment.ts';
import { registerProcessMetrics } from '../lib/serve/process-metrics.ts';
import { type CredentialStore, watchCredentials } from './config/credential-store.ts';
import { readConfigFile } from './config/read-config-file.ts';
import { trustExtraAuthorities } from './config/extra-authorities.ts';
import {
  type ExporterConfig,
  isPushed,
  isReading,
  type ReadingConfig,
} from './contract/exporter-config.ts';
import { DRAIN_SECONDS } from './contract/grace-period.ts';
import {
  type CandidateReport,
  type StatusReport,
  statusReportSchema,
} from './contract/status-report.ts';
import type { OnAnswer } from './kafka/session/cluster.ts';
import {
  createKafkaConnection,
  type KafkaConnectionDeps,
  type RenewedConnection,
} from './kafka/session/kafka-connection.ts';
import { kafkaProblem } from './kafka/errors/kafka-problem.ts';
import { openKafkaSession, type SessionDeps } from './kafka/session/kafka-session.ts';
import { createProgressStore } from './kafka/checkpoint/progress-store.ts';
import { createConsumerGroup } from './kafka/group/consumer-group.ts';
import { KafkaProducer, type KafkaProducerDeps } from './kafka/produce/kafka-producer.ts';
import { shardOwner } from './kafka/produce/producer-owner.ts';
import { type Topics, watchTopics } from './kafka/session/watch-topics.ts';
import {
  openClickHouse,
  type OpenClickHouseDeps,
  type SourceLogin,
} from './source/clickhouse/open-clickhouse.ts';
import type { RecordSource } from './source/source.ts';
import { openNames } from './source/clickhouse/names/open-names.ts';
import { type Pipeline, startPipeline } from './delivery/pipeline.ts';
import type { StopSignals } from './delivery/stop-signals.ts';
import { startCandidateTrial } from './start-candidate-trial.ts';
import { startPush, type StartPushDeps } from './start-push.ts';
import { createHealthBoard, type HealthBoard } from './status/health-board.ts';
import { notReadyReason } from './status/readiness.ts';
import { registerGauges } from './status/gauges.ts';
import { createExporterMetrics, type ExporterMetrics } from './status/metrics.ts';
import { logProgress } from './status/progress-log.ts';
import { watchThrottle } from './status/throttle-watch.ts';
import { TransactionSize } from './producer/transaction-size.ts';

/** How an exporter is started. */
export interface ExporterOptions {
  /** The path of the configuration file (YAML). */
  readonly configPath: string;
  /** The directory of the files named in `CREDENTIAL_FILES`. */
  readonly credentialsDirectory: string;
  /** The port of probes, metrics and status. 0 lets the system choose. */
  readonly port: number;
  readonly logger: Logger;
  /** The variables of the process. Absent: none, and so no proxy. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A running exporter. */
export interface Exporter {
  readonly port: number;
  /** The port to which records are pushed. Undefined: records are read. */
  readonly pushPort: number | undefined;
  /**
   * Stops reading, delivers what has been read, saves the progress and closes, within the
   * configuration's `drainSeconds`.
   */
  stop(): Promise<void>;
}

/**
 * About half of the memory that the lanes of an exporter use at once. More would cost memory and
 * save no CPU.
 */
const IDLE_MEMORY_BYTES = 24 * 1024 * 1024;

/**
 * Starts an exporter. It also starts when brokers or ClickHouse are unreachable, and waits for
 * them.
 *
 * @throws when the configuration is wrong, the credentials directory cannot be read or the port is
 *   taken.
 */
export async function startExporter(options: ExporterOptions): Promise<Exporter> {
  const { logger } = options;
  const config = await readConfigFile(options.configPath);
  const stopReading = new AbortController();
  const giveUp = new AbortController();
  const proxy = proxyEnvironment(options.environment ?? {});
  const base = { clock: systemClock, random: Math.random, logger, proxy };
  const health = createHealthBoard(systemClock, logger);
  const credentials = await watchCredentials(base, options.credentialsDirectory, giveUp.signal);
  trustExtraAuthorities(credentials);
  const registry = new Registry();
  registerProcessMetrics(registry);
  const metrics = createExporterMetrics(registry);
  const size = new TransactionSize(systemClock);
  const onThrottle = (ms: number): void => {
    size.throttled(ms);
    metrics.throttled(ms);
  };
  const connecting = { ...base, health, credentials, onAnswer: answersOf(metrics), onThrottle };
  const connection = openConnection(connecting, config.kafka, giveUp.signal);
  const memory = new BufferPool(IDLE_MEMORY_BYTES);
  const shared = { ...base, health, connection, metrics, memory, size, giveUp: giveUp.signal };
  const recordTopics = recordTopicsOf(config);
  const topics = watchTopics(shared, config, giveUp.signal);
  const signals = { stopReading: stopReading.signal, giveUp: giveUp.signal };
  const pipeline = await startSource({ ...shared, credentials, registry, topics }, config, signals);
  const trial = { ...shared, credentials, source: pipeline.source };
  const candidate = startCandidateTrial(trial, config, giveUp.signal);
  const counts = { ...metrics, clock: systemClock, lagSeconds: () => largestLag(pipeline) };
  const throttled = watchThrottle(counts, giveUp.signal);
  logProgress({ ...counts, logger, shards: () => pipeline.shards() }, giveUp.signal);
  registerGauges(registry, {
    ...pipeline,
    ...connection,
    recordsQueued: () => metrics.recordsQueued(),
    recordsQueuedMax: config.queueSize * config.queueCount,
  });
  const server: ListeningServer = await startHttpServer({
    port: options.port,
    registry,
    isLive: () => true,
    notReady: () => notReadyReason(health, recordTopics),
    routes: (app) => {
      app.get('/status', (_request, response) => {
        response.json(report({ ...shared, pipeline, candidate, throttled }));
      });
    },
  });
  logger.info({ resource: config.resource, port: server.port }, 'exporter started');
  return {
    port: server.port,
    pushPort: pipeline.pushPort,
    stop: async () => {
      logger.info('stopping: delivering what has been read');
      stopReading.abort();
      const cancelDeadline = systemClock.after(drainMs(config), () => {
        giveUp.abort();
      });
      await pipeline.done;
      cancelDeadline();
      giveUp.abort();
      await connection.close();
      await server.close();
      logger.info('stopped');
    },
  };
}

function drainMs({ drainSeconds = DRAIN_SECONDS }: ExporterConfig): number {
  return drainSeconds * 1_000;
}

function answersOf(metrics: ExporterMetrics): OnAnswer {
  return (api, tookMs) => {
    metrics.answered(api, tookMs);
  };
}

/** The topic of each data source. */
function recordTopicsOf({ dataSources, topic }: ExporterConfig): ReadonlyMap<string, string> {
  return new Map(dataSources.map((name) => [name, topicOf(topic, name)] as const));
}

function openConnection(
  deps: Omit<KafkaConnectionDeps, 'open' | 'describe'> & SessionDeps,
  config: ExporterConfig['kafka'],
  signal: AbortSignal,
): RenewedConnection {
  return createKafkaConnection(
    {
      ...deps,
      open: (credentials) => openKafkaSession(deps, config, credentials),
      describe: (failure) => kafkaProblem(failure, config),
    },
    signal,
  );
}

/** A pipeline, and what is known about the source of its records. */
type SourcePipeline = Pipeline & {
  readonly pushPort?: number;
  readonly login?: SourceLogin | undefined;
  readonly source?: RecordSource;
};

async function startSource(
  deps: StartPushDeps,
  config: ExporterConfig,
  signals: StopSignals,
): Promise<SourcePipeline> {
  if (isPushed(config)) return startPush(deps, config, signals);
  assert(isReading(config), 'records are read or pushed');
  return startReading(deps, config, signals);
}

function startReading(
  deps: KafkaProducerDeps &
    Pick<OpenClickHouseDeps, 'proxy'> & {
      readonly credentials: CredentialStore;
      readonly topics: Topics;
    },
  config: ReadingConfig,
  signals: StopSignals,
): SourcePipeline {
  const { login, read, source } = openClickHouse(deps, config, signals.giveUp);
  const namesDeps = { ...deps, read };
  const pipeline = startPipeline(
    {
      ...deps,
      source,
      hasTopic: (dataSource) => deps.topics.has(topicOf(config.topic, dataSource)),
      progress: createProgressStore(deps, config),
      group: createConsumerGroup(deps, config),
      producerOf: (shard) => new KafkaProducer(deps, config, shardOwner(config, shard)),
      openNames: (signal) => openNames(namesDeps, config, signal),
    },
    config,
    signals,
  );
  return { ...pipeline, login, source };
}

function report(parts: {
  readonly health: HealthBoard;
  readonly connection: RenewedConnection;
  readonly metrics: ExporterMetrics;
  readonly pipeline: SourcePipeline;
  readonly throttled: () => string | undefined;
  readonly candidate: () => CandidateReport | undefined;
}): StatusReport {
  const lag = largestLag(parts.pipeline);
  const throttled = parts.throttled();
  const candidate = parts.candidate();
  const { login } = parts.pipeline;
  const shardCount = parts.pipeline.shardCount();
  const revision = revisionOf(parts.connection, login);
  const renewalProblem = parts.connection.renewalProblem() ?? login?.renewalProblem();
  return statusReportSchema.parse({
    delivering: parts.health.isDelivering(),
    problems: [...parts.health.problems()],
    missingColumns: [...parts.pipeline.missingColumns()].map(([dataSource, columns]) => ({
      dataSource,
      columns: [...columns],
    })),
    shards: [...parts.pipeline.shards()],
    ...(shardCount === undefined ? {} : { shardCount }),
    recordsExported: parts.metrics.recordsExported(),
    ...(revision === undefined ? {} : { credentialsRevision: revision }),
    ...(renewalProblem === undefined ? {} : { renewalProblem }),
    ...(throttled === undefined ? {} : { throttled }),
    ...(candidate === undefined ? {} : { candidate }),
    ...(lag === undefined ? {} : { lagSeconds: Math.round(lag) }),
  });
}

/** The lag of the data source that is furthest behind. Undefined while it is not known. */
function largestLag(pipeline: Pipeline): number | undefined {
  const lags = [...pipeline.lagSeconds().values()];
  return lags.length === 0 ? undefined : Math.max(...lags);
}

/** The revision that Kafka has accepted and, if records are read, ClickHouse as well. */
function revisionOf(
  connection: RenewedConnection,
  login: SourceLogin | undefined,
): number | undefined {
  const revision = connection.revision();
  if (login === undefined || revision === undefined) return revision;
  const read = login.revision();
  return read === undefined ? undefined : Math.min(revision, read);
}
