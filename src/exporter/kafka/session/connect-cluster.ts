import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Credentials } from '../../config/credential-store.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { isPassing } from '../errors/kafka-error.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import { KafkaSessionError, sessionError } from '../errors/kafka-session-error.ts';
import { createCluster, type OnAnswer } from './cluster.ts';
import { type LoginDeps, saslLogin } from './sasl-login.ts';

const NO_ENDPOINT: KafkaFailure = { reason: 'BrokerUnreachable', detail: 'no endpoint' };

/**
 * Connects to the first endpoint that answers, and authenticates.
 *
 * @throws KafkaSessionError with the failure's reason.
 */
export async function connectCluster(
  deps: LoginDeps & { readonly onAnswer?: OnAnswer },
  config: Pick<ExporterConfig['kafka'], 'endpoints' | 'sasl' | 'tls'>,
  credentials: Credentials,
): Promise<Cluster> {
  const { endpoints } = config;
  let failed: KafkaSessionError | undefined;
  const login = saslLogin(deps, config.sasl, credentials);
  await login.prepare().catch((error: unknown) => {
    throw sessionError('log in', error);
  });
  for (const first of endpoints.keys()) {
    // With its own retries off, kafkajs tries only the first endpoint.
    const inTurn = [...endpoints.slice(first), ...endpoints.slice(0, first)];
    const cluster = createCluster({ ...config, endpoints: inTurn }, credentials, {
      login,
      onAnswer: deps.onAnswer,
    });
    try {
      await cluster.connect();
      await cluster.refreshMetadata();
      return cluster;
    } catch (error) {
      void cluster.disconnect().catch(() => undefined);
      failed = sessionError('connect', error);
      // If one broker refuses the login, the others refuse it as well.
      if (!isPassing(failed.failure)) break;
    }
  }
  throw failed ?? new KafkaSessionError('connect', NO_ENDPOINT);
}
