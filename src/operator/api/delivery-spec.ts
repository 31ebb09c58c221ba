import { z } from 'zod';
import { COMPRESSIONS, DELIVERY_GUARANTEES } from '../../exporter/contract/exporter-config.ts';
import { text } from './fields.ts';

/** `spec.producer`: how record batches are written. */
export const producer = z.strictObject({
  compression: z
    .enum(COMPRESSIONS)
    .default('zstd')
    .describe('Codec of the record batches. lz4 costs least CPU, zstd makes the smallest batches.'),
  maxRequestBytes: z
    .int()
    .min(1_024)
    .max(104_857_600)
    .default(900_000)
    .describe("Largest record batch in bytes as sent; at most the topic's max.message.bytes."),
  keyField: z
    .string()
    .max(128)
    .default('')
    .describe(
      "Field whose value is the record's key, such as trace_id or pod_id_1: records with the same key go to the partition that Kafka's own clients choose for it. Empty: records have no key.",
    ),
});

/** `spec.delivery`: what is guaranteed, and where progress is kept. */
export const delivery = z.strictObject({
  guarantee: z
    .enum(DELIVERY_GUARANTEES)
    .default('ExactlyOnce')
    .describe(
      'ExactlyOnce: records and progress are committed in one Kafka transaction. AtLeastOnce: without transactions, for clusters that grant none; a failure may repeat records.',
    ),
  shards: z
    .int()
    .min(1)
    .max(64)
    .default(16)
    .describe(
      'So many parts of time are exported side by side at most: partitions of the checkpoint topic. It may be raised later, with guarantee ExactlyOnce, and is never lowered.',
    ),
  checkpointTopic: text({
    pattern: '^[a-zA-Z0-9._-]*$',
    maxLength: 249,
    message: 'must be a Kafka topic name: letters, digits, ".", "_" and "-"',
  })
    .default('')
    .describe(
      "Compacted topic that holds the exporter's progress; empty: deepflow-export.<namespace>.<name>.checkpoints.",
    ),
  deadLetterTopic: text({
    pattern: '^[a-zA-Z0-9._-]*$',
    maxLength: 249,
    message: 'must be a Kafka topic name: letters, digits, ".", "_" and "-"',
  })
    .default('')
    .describe(
      'Topic of records that are too large for their own topic; empty: they are counted and left out.',
    ),
});
