import type Cluster from 'kafkajs/src/cluster/index.js';
import type { BrokerConnection } from 'kafkajs/src/cluster/index.js';
import { isPassing, kafkaFailure } from '../errors/kafka-error.ts';

/** The part of a login's lifetime after which its connection is replaced. */
const RECYCLE_AT = 0.8;

/** The ids of the brokers to which a cluster has an authenticated connection now. */
export function connectedBrokers(cluster: Cluster): readonly number[] {
  return Object.entries(cluster.brokerPool.brokers)
    .filter(([, broker]) => broker.isConnected())
    .map(([nodeId]) => Number(nodeId));
}

/**
 * Makes and authenticates a connection to each of these brokers. A broker that is gone or does not
 * answer is skipped: no request uses it now, and a later request connects with the same
 * credentials.
 *
 * @throws what kafkajs throws when a broker refuses.
 */
export async function reachBrokers(cluster: Cluster, brokers: readonly number[]): Promise<void> {
  await Promise.all(
    brokers.map(async (nodeId) => {
      try {
        const broker = await cluster.findBroker({ nodeId });
        // With TLS 1.3, only the first answer shows a client that its certificate was accepted.
        await broker.apiVersions();
      } catch (error) {
        if (!isPassing(kafkaFailure(error))) throw error;
      }
    }),
  );
}

/**
 * Milliseconds until the first of a cluster's connections has used up 80 % of the lifetime that its
 * broker gave it at login (`session_lifetime_ms`, KIP-368); 0 when this time has passed, infinity
 * when no broker gave a lifetime.
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
