import type Cluster from 'kafkajs/src/cluster/index.js';
import type { BrokerConnection } from 'kafkajs/src/cluster/index.js';
import { kafkaFailure } from '../errors/kafka-error.ts';

/** Share of a login's lifetime after which its connection is replaced. */
const RECYCLE_AT = 0.8;

/** Ids of the brokers to which a cluster has an authenticated connection now. */
export function connectedBrokers(cluster: Cluster): readonly number[] {
  return Object.entries(cluster.brokerPool.brokers)
    .filter(([, broker]) => broker.isConnected())
    .map(([nodeId]) => Number(nodeId));
}

/**
 * Makes and authenticates a connection to each of these brokers. One that is gone or does not answer is left
 * out: it is not in use, and whoever needs it later connects with the same credentials.
 *
 * @throws what kafkajs throws when a broker refuses.
 */
export async function reachBrokers(cluster: Cluster, brokers: readonly number[]): Promise<void> {
  await Promise.all(
    brokers.map(async (nodeId) => {
      try {
        const broker = await cluster.findBroker({ nodeId });
        // With TLS 1.3 a client learns only from the first answer that its certificate was taken.
        await broker.apiVersions();
      } catch (error) {
        if (kafkaFailure(error).reason !== 'BrokerUnreachable') throw error;
      }
    }),
  );
}

/**
 * Milliseconds until the first of a cluster's connections has used up 80 % of the lifetime that its broker gave
 * it at login (`session_lifetime_ms`, KIP-368); 0 when it has already, infinity when no broker gave any.
 */
export function msUntilRecycle(cluster: Cluster): number {
  const { brokers, seedBroker } = cluster.brokerPool;
  const all = [...Object.values(brokers), ...(seedBroker === undefined ? [] : [seedBroker])];
  const left = all.flatMap(({ connectionPool }) => connectionPool.pool.map(msLeft));
  return Math.max(0, Math.min(Infinity, ...left));
}

function msLeft({ authenticatedAt, sessionLifetime }: BrokerConnection): number {
  const lifetimeMs = Number(sessionLifetime.value);
  if (authenticatedAt === null || lifetimeMs === 0) return Infinity;
  const [seconds, nanoseconds] = process.hrtime(authenticatedAt);
  return lifetimeMs * RECYCLE_AT - (seconds * 1_000 + nanoseconds / 1_000_000);
}
