import { z } from 'zod';
import { COMPRESSIONS, DELIVERY_GUARANTEES } from '../../exporter/contract/exporter-config.ts';
import { text } from './fields.ts';

/** `spec.producer`: how record batches are written. */
export const producer = z.strictObject({
  compression: z
    .enum(COMPRESSIONS)
    .default('zstd')
    .describe('Codec of the record batches. lz4 needs least CPU, zstd makes the smallest batches.'),
  maxRequestBytes: z
    .int()
    .min(1_024)
    .max(104_857_600)
    .default(900_000)
    .describe(
      "Largest size of a compressed record batch in bytes; at most the topic's max.message.bytes.",
    ),
  keyField: z
    .string()
    .max(128)
    .default('')
    .describe(
      "Field whose value is the record's key, such as trace_id or pod_id_1. Records with the same key go to the partition that Kafka's own clients choose for this key. Empty: records have no key.",
    ),
});

/** `spec.delivery`: what is guaranteed, and where progress is stored. */
export const delivery = z.strictObject({
  guarantee: z
    .enum(DELIVERY_GUARANTEES)
    .default('ExactlyOnce')
    .describe(
      'ExactlyOnce: records and progress are committed in one Kafka transaction. AtLeastOnce: no transactions, for Kafka clusters that do not allow them; a failure may repeat records.',
    ),
  shards: z
    .int()
    .min(1)
    .max(64)
    .default(16)
    .describe(
      'Number of shards, which is the number of partitions of the checkpoint topic. At most this many shards are exported at the same time. With guarantee ExactlyOnce you can increase it later; it never decreases.',
    ),
  checkpointTopic: text({
    pattern: '^[a-zA-Z0-9._-]*$',
    maxLength: 249,
    message: 'must be a Kafka topic name: letters, digits, ".", "_" and "-"',
  })
    .default('')
    .describe(
      "Compacted topic that holds the exporter's progress. Empty: deepflow-export.<namespace>.<name>.checkpoints, or deepflow-export.<installation>.<namespace>.<name>.checkpoints if the operator has --installation. No two KafkaExporters can use the same topic.",
    ),
  deadLetterTopic: text({
    pattern: '^[a-zA-Z0-9._-]*$',
    maxLength: 249,
    message: 'must be a Kafka topic name: letters, digits, ".", "_" and "-"',
  })
    .default('')
    .describe(
      'Topic for records that are too large for their own topic. Empty: such records are counted and left out.',
    ),
});
