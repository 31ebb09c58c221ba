import Cluster, { type Address } from 'kafkajs/src/cluster/index.js';
import kafkajsLoggers from 'kafkajs/src/loggers/index.js';
import type { Credentials } from '../../config/credential-store.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { patchKafkajs } from '../kafkajs/kafkajs-patches.ts';
import { parseBroker } from '../../contract/addresses.ts';
import { openSocket } from './open-socket.ts';
import type { SaslLogin } from './sasl-login.ts';

/** How long to wait for the answer to a request without its own time-out. */
export const REQUEST_TIMEOUT_MS = 15_000;
const CONNECTION_TIMEOUT_MS = 5_000;
const AUTHENTICATION_TIMEOUT_MS = 10_000;
/**
 * The longest age of metadata. Old metadata still names a hung broker as leader, so it may be wrong
 * for at most this time.
 */
export const METADATA_MAX_AGE_MS = 5_000;
/**
 * kafkajs logs in again within a connection (KIP-368) this long before its login ends, and loses
 * requests that are sent meanwhile. The negative value disables this: sessions are replaced as a
 * whole long before.
 */
const NEVER_IN_BAND_MS = -1_000_000_000;
const READ_COMMITTED = 1;
const LOG_LEVEL_NOTHING = 0;
/** Silences the log of kafkajs: the exporter logs failures in its own words. */
export const SILENT = kafkajsLoggers.createLogger({
  level: LOG_LEVEL_NOTHING,
  logCreator: () => () => undefined,
});

/** Called with each answer of a broker: Kafka's name of the API, and how long the answer took. */
export type OnAnswer = (api: string, tookMs: number) => void;

/**
 * Makes a cluster of kafkajs that is not connected yet and leaves retries, topics and logs to the
 * exporter.
 */
export function createCluster(
  config: Pick<ExporterConfig['kafka'], 'endpoints' | 'sasl' | 'tls'>,
  credentials: Credentials,
  { login, onAnswer }: { readonly login: SaslLogin; readonly onAnswer?: OnAnswer | undefined },
): Cluster {
  patchKafkajs();
  const { tls } = config;
  const cluster = new Cluster({
    logger: SILENT,
    socketFactory: openSocket,
    brokers: config.endpoints,
    ssl:
      tls === undefined
        ? null
        : {
            ...(tls.privateCa ? { ca: credentials.kafkaCa } : {}),
            ...(tls.clientCertificate
              ? { cert: credentials.kafkaClientCertificate, key: credentials.kafkaClientKey }
              : {}),
            ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
            rejectUnauthorized: !tls.insecureSkipVerify,
          },
    sasl: login.options,
    clientId: 'deepflow-kafka-exporter',
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
    reauthenticationThreshold: NEVER_IN_BAND_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    maxInFlightRequests: null,
    isolationLevel: READ_COMMITTED,
    allowAutoTopicCreation: false,
    // The callers repeat requests: they know what may be sent again, and for how long.
    retry: { retries: 0 },
    instrumentationEmitter: {
      emit: (event, { apiName, duration }) => {
        if (event === 'network.request') onAnswer?.(apiName, duration);
      },
    },
  });
  connectByAddress(cluster, config.endpoints);
  return cluster;
}

/** kafkajs splits an address at its first colon, which is in the middle of an IPv6 address. */
function connectByAddress({ brokerPool }: Cluster, endpoints: readonly string[]): void {
  const { connectionPoolBuilder } = brokerPool;
  let next = 0;
  const seed = (): Address => parseBroker(endpoints[next++ % endpoints.length] ?? '');
  brokerPool.connectionPoolBuilder = {
    build: (address) => connectionPoolBuilder.build(address ?? seed()),
  };
}
