import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Broker } from 'kafkajs/src/cluster/index.js';
import { Coordinators } from './coordinators.ts';
import { failureOf, KafkaSessionError } from '../errors/kafka-session-error.ts';
import type { TopicPartition } from './produce-request.ts';

/**
 * The identity of a producer. With it, the broker recognises repeated batches and fences older
 * epochs (KIP-98).
 */
export interface ProducerIdentity {
  readonly id: string;
  readonly epoch: number;
  /** Undefined: idempotent without transactions. */
  readonly transactionalId: string | undefined;
}

/** The requests of KIP-98 to the coordinator of a transactional id. Each fails with a `KafkaSessionError`. */
export interface Transactions {
  /**
   * Starts a new epoch of a transactional id: fences older epochs and ends their open transaction.
   */
  init(transactionalId: string | undefined): Promise<ProducerIdentity>;
  /** Adds partitions to the current transaction, before the first batch for them. */
  add(identity: ProducerIdentity, targets: readonly TopicPartition[]): Promise<void>;
  /** Commits or aborts. After an error it is not known whether this has happened. */
  end(identity: ProducerIdentity, isCommit: boolean): Promise<void>;
}

/**
 * Makes the transaction requests over the connections of a cluster.
 *
 * @param timeoutMs `transaction.timeout.ms` of the producers that are started.
 */
export function createTransactions(cluster: Cluster, timeoutMs: number): Transactions {
  // The normal connection is right here: the other requests to the coordinator have to wait for
  // these anyway.
  const coordinators = new Coordinators(cluster, 'transaction', ({ nodeId }) =>
    cluster.findBroker({ nodeId }),
  );
  return {
    init: async (transactionalId) => {
      const request = (broker: Broker): ReturnType<Broker['initProducerId']> =>
        broker.initProducerId({ transactionalId, transactionTimeout: timeoutMs });
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
