import type { ExporterConfig } from '../../contract/exporter-config.ts';
import type { OnRejected } from '../../producer/record-producer.ts';
import type { TopicPartition } from '../requests/produce-request.ts';

/** Whose records a producer sends. */
export interface ProducerOwner {
  /** Of several producers with the same id, Kafka accepts only the newest. */
  readonly transactionalId: string;
  /**
   * The partition for the progress that is committed with the records. Undefined: there is no
   * progress. Then, after an error, nothing in Kafka shows whether a transaction was committed, so
   * the commit is repeated until the coordinator answers.
   */
  readonly progress: TopicPartition | undefined;
  /**
   * The partition that gets the first batch of a topic. The next batches go to the following
   * partitions, round-robin.
   */
  readonly firstPartition: number;
  /** How long the sends of a transaction are repeated. Absent: until the transaction times out. */
  readonly sendMs?: number;
  /** Called with records of a batch that their topic refuses, by their places in the batch. */
  readonly onRejected?: OnRejected;
}

/** The owner for a shard, with its progress in its partition of the checkpoint topic. */
export function shardOwner({ kafka }: ExporterConfig, shard: number): ProducerOwner {
  return {
    transactionalId: `${kafka.checkpointTopic}.${shard}`,
    progress: { topic: kafka.checkpointTopic, partition: shard },
    firstPartition: shard,
  };
}
