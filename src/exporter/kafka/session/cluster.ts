import Cluster from 'kafkajs/src/cluster/index.js';
import kafkajsLoggers from 'kafkajs/src/loggers/index.js';
import createSocketFactory from 'kafkajs/src/network/socketFactory.js';
import type { Credentials } from '../../config/credential-store.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { patchKafkajs } from '../kafkajs/kafkajs-patches.ts';
import type { SaslLogin } from './sasl-login.ts';

/** Longest wait for the answer to a request that does not say itself how long it takes. */
export const REQUEST_TIMEOUT_MS = 15_000;
const CONNECTION_TIMEOUT_MS = 5_000;
const AUTHENTICATION_TIMEOUT_MS = 10_000;
/** Old metadata keeps a hung broker's partitions; five seconds is the time it may be wrong. */
export const METADATA_MAX_AGE_MS = 5_000;
/**
 * kafkajs logs in again within a connection (KIP-368) this long before its login ends, and loses requests that are
 * sent meanwhile. Days after it ends is never: sessions are replaced long before, as a whole.
 */
const NEVER_IN_BAND_MS = -1_000_000_000;
const READ_COMMITTED = 1;
const LOG_LEVEL_NOTHING = 0;
/** kafkajs's log: failures are told by our own, in our own words. */
export const SILENT = kafkajsLoggers.createLogger({
  level: LOG_LEVEL_NOTHING,
  logCreator: () => () => undefined,
});

/** Called with each answer of a broker: Kafka's name of the API, and how long it took. */
export type OnAnswer = (api: string, tookMs: number) => void;

/** A cluster of kafkajs, not yet connected, that leaves retries, topics and logs to us. */
export function createCluster(
  config: ExporterConfig['kafka'],
  credentials: Credentials,
  { login, onAnswer }: { readonly login: SaslLogin; readonly onAnswer?: OnAnswer | undefined },
): Cluster {
  patchKafkajs();
  const { tls } = config;
  return new Cluster({
    logger: SILENT,
    socketFactory: createSocketFactory(),
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
    // Retries are the business of who asks: they know what may be sent again, and for how long.
    retry: { retries: 0 },
    instrumentationEmitter: {
      emit: (event, { apiName, duration }) => {
        if (event === 'network.request') onAnswer?.(apiName, duration);
      },
    },
  });
}
