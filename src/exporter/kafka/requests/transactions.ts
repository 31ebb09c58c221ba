import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Broker } from 'kafkajs/src/cluster/index.js';
import { Coordinators } from './coordinators.ts';
import { failureOf, KafkaSessionError } from '../errors/kafka-session-error.ts';
import type { TopicPartition } from './produce-request.ts';

/** Who sends: the broker knows repeated batches by it, and tells an older epoch that it is fenced (KIP-98). */
export interface ProducerIdentity {
  readonly id: string;
  readonly epoch: number;
  /** Undefined: idempotent without transactions. */
  readonly transactionalId: string | undefined;
}

/** The requests of KIP-98 to the coordinator of a transactional id. Each fails with a `KafkaSessionError`. */
export interface Transactions {
  /** A new epoch of a transactional id: fences older ones and ends their open transaction. */
  init(transactionalId: string | undefined): Promise<ProducerIdentity>;
  /** Announces partitions of the transaction under way, before the first batch to them. */
  add(identity: ProducerIdentity, targets: readonly TopicPartition[]): Promise<void>;
  /** Commits or aborts. After an error it may have happened or not. */
  end(identity: ProducerIdentity, isCommit: boolean): Promise<void>;
}

/**
 * A transaction that takes longer is aborted by its coordinator. It is also how long the readers of committed
 * records may have to wait for a shard whose exporter died and that no other took over.
 */
export const TRANSACTION_TIMEOUT_MS = 60_000;

/** Transactions over a cluster's connections. */
export function createTransactions(cluster: Cluster): Transactions {
  // The coordinator's other requests wait behind these anyway: they share a connection with them.
  const coordinators = new Coordinators(cluster, 'transaction', ({ nodeId }) =>
    cluster.findBroker({ nodeId }),
  );
  return {
    init: async (transactionalId) => {
      const request = (broker: Broker): ReturnType<Broker['initProducerId']> =>
        broker.initProducerId({ transactionalId, transactionTimeout: TRANSACTION_TIMEOUT_MS });
      const { producerId, producerEpoch } =
        transactionalId === undefined
          ? await askAny(cluster, request)
          : await coordinators.ask('start the producer of', transactionalId, request);
      return { id: producerId, epoch: producerEpoch, transactionalId };
    },
    add: async ({ id, epoch, transactionalId }, targets) => {
      if (transactionalId === undefined) return;
      const topics = [...new Set(targets.map(({ topic }) => topic))].map((topic) => ({
        topic,
        partitions: targets
          .filter((target) => target.topic === topic)
          .map(({ partition }) => partition),
      }));
      const request = { transactionalId, producerId: id, producerEpoch: epoch, topics };
      await coordinators.ask('add partitions to the transaction of', transactionalId, (broker) =>
        broker.addPartitionsToTxn(request),
      );
    },
    end: async ({ id, epoch, transactionalId }, isCommit) => {
      if (transactionalId === undefined) return;
      await coordinators.ask('end the transaction of', transactionalId, (broker) =>
        broker.endTxn({
          transactionalId,
          producerId: id,
          producerEpoch: epoch,
          transactionResult: isCommit,
        }),
      );
    },
  };
}

async function askAny<T>(cluster: Cluster, request: (broker: Broker) => Promise<T>): Promise<T> {
  try {
    return await request(await cluster.brokerPool.findConnectedBroker());
  } catch (error) {
    throw new KafkaSessionError('start the producer', failureOf(error), error);
  }
}
