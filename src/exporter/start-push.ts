import { randomUUID } from 'node:crypto';
import type { Registry } from 'prom-client';
import { type DataSource, topicOf } from '../deepflow/data-sources.ts';
import { aborted } from '../lib/aborted.ts';
import type { CredentialStore } from './config/credential-store.ts';
import type { PushConfig } from './contract/exporter-config.ts';
import { KafkaProducer, type KafkaProducerDeps } from './kafka/produce/kafka-producer.ts';
import type { Pipeline } from './delivery/pipeline.ts';
import type { Topics } from './kafka/session/watch-topics.ts';
import type { StopSignals } from './delivery/stop-signals.ts';
import { ByteBudget } from './push/http/byte-budget.ts';
import type { RequestRules } from './push/http/check-request.ts';
import { handlePush } from './push/http/handle-push.ts';
import { PushLane } from './push/push-lane.ts';
import { PushQueue } from './push/push-queue.ts';
import { startPushServer } from './push/http/push-server.ts';
import { pushTable } from './push/rows/push-table.ts';
import { createPushMetrics } from './status/push-metrics.ts';
import { deliveryCheck } from './status/shard-checks.ts';
import type { OnRejected } from './producer/record-producer.ts';
import { PUSH_BUDGET_MS } from './producer/transaction-times.ts';

/** What an exporter with a push server needs. */
export interface StartPushDeps extends KafkaProducerDeps {
  readonly credentials: CredentialStore;
  readonly registry: Registry;
  readonly topics: Topics;
}

/** A pipeline whose records are pushed to it. */
export interface PushPipeline extends Pipeline {
  /** The port of the push server. */
  readonly pushPort: number;
}

/** How long the server waits at the end to send its last answers. */
const LAST_ANSWERS_MS = 1_000;
/** The check succeeds once every lane can send. */
const CHECK = 'push';

/**
 * Starts the push server and the lanes that send the records of its requests to Kafka. When
 * `stopReading` aborts, current requests are completed, and clients of later requests are told to
 * send them again.
 *
 * @throws when the port cannot be bound, or a credential is missing.
 */
export async function startPush(
  deps: StartPushDeps,
  config: PushConfig,
  signals: StopSignals,
): Promise<PushPipeline> {
  const { http } = config;
  const { clock, credentials, health } = deps;
  checkCredentials(credentials, http);
  health.expect(CHECK);
  const budget = new ByteBudget(http.maxBufferedBytes);
  const metrics = createPushMetrics(deps.registry, {
    heldBytes: () => budget.held,
    heldBytesMax: http.maxBufferedBytes,
  });
  const queue = new PushQueue(clock, config.queueSize);
  const tables = config.dataSources.map((dataSource) => pushTable(deps, config, dataSource));
  const rules: RequestRules = {
    tables: new Map(tables.map((table) => [table.dataSource, table])),
    maxBodyBytes: http.maxBodyBytes,
    token: http.bearerToken ? () => credentials.current().pushToken : undefined,
    clientCertificates: http.tls?.clientCertificates ?? false,
  };
  const isStopping = (): boolean => signals.stopReading.aborted;
  const missingTopic = (dataSource: DataSource): string | undefined => {
    const topic = topicOf(config.topic, dataSource);
    return deps.topics.has(topic) ? undefined : topic;
  };
  const isAtomic = config.delivery.guarantee === 'ExactlyOnce';
  const handling = {
    rules,
    queue,
    budget,
    metrics,
    limits: http,
    isAtomic,
    isStopping,
    missingTopic,
  };
  const server = await startPushServer(
    {
      ...deps,
      metrics,
      handle: (request, onContinue) => handlePush(handling, request, onContinue),
    },
    http,
  );
  const lanes = runLanes(deps, config, queue);
  return {
    pushPort: server.port,
    lagSeconds: () => new Map(),
    shardLags: () => [],
    missingColumns: () => new Map(),
    shards: () => [],
    shardCount: () => undefined,
    done: (async () => {
      await aborted(signals.stopReading);
      await Promise.race([server.idle(), aborted(signals.giveUp)]);
      queue.close();
      await lanes;
      // A new connection may still bring a request. Its client is told to send the request again.
      await clock.sleep(LAST_ANSWERS_MS, signals.giveUp);
      await Promise.race([server.idle(), clock.sleep(LAST_ANSWERS_MS)]);
      await server.close();
    })(),
  };
}

function checkCredentials(credentials: CredentialStore, http: PushConfig['http']): void {
  const { pushToken, pushCertificate, pushKey, pushClientCa } = credentials.current();
  const missing = [
    ...(http.bearerToken && pushToken === undefined ? ['the token'] : []),
    ...(http.tls !== undefined && (pushCertificate === undefined || pushKey === undefined)
      ? ['the certificate or its key']
      : []),
    ...(http.tls?.clientCertificates === true && pushClientCa === undefined
      ? ['the CAs of the clients']
      : []),
  ];
  if (missing.length === 0) return;
  throw new Error(`the credentials directory lacks ${missing.join(' and ')} of the push server`);
}

async function runLanes(deps: StartPushDeps, config: PushConfig, queue: PushQueue): Promise<void> {
  const { health } = deps;
  const { kafka, dataSources, topic } = config;
  // No other process uses these ids, so the producers are never fenced. The client decides whether
  // a request is repeated.
  const prefix = `${kafka.checkpointTopic}.push.${randomUUID()}`;
  const open = new Set<number>();
  const lanes = Array.from({ length: config.queueCount }, (_, number) => {
    const onOpen = (): void => {
      open.add(number);
      if (open.size === config.queueCount) health.ok(CHECK);
      // A failed delivery is reported until the next delivery succeeds. But clients send no
      // requests while the pod is not ready, so the problem is cleared here.
      for (const name of dataSources) health.ok(deliveryCheck(topicOf(topic, name)));
    };
    const createProducer = (onRejected: OnRejected): KafkaProducer =>
      new KafkaProducer(deps, config, {
        transactionalId: `${prefix}.${number}`,
        progress: undefined,
        firstPartition: number,
        sendMs: PUSH_BUDGET_MS,
        onRejected,
      });
    return new PushLane(
      { ...deps, queue, createProducer, onOpen },
      {
        limits: { records: config.batchSize, bytes: kafka.maxRequestBytes },
        format: kafka.compression === 'lz4' ? 'lz4' : 'plain',
      },
    );
  });
  await Promise.all(lanes.map((lane) => lane.run()));
}
