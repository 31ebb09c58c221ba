import { z } from 'zod';
import { DATA_SOURCES } from '../../../deepflow/data-sources.ts';
import { mapOf } from '../fields.ts';

/** Steps in which the status tells the lag, from the smallest. Each but the last is a limit that the lag is below. */
const LAG_STEPS = ['<10s', '<1m', '<5m', '<30m', '<2h', '<1d', '>=1d'] as const;

/** A step of the lag. */
export type LagStep = (typeof LAG_STEPS)[number];

/** Number of shards that the status names. */
export const UNOWNED_SHARDS_MAX = 64;

/** Longest message of the last error, in characters. */
export const ERROR_MESSAGE_MAX = 1_024;

/** `status.delivery` of a KafkaExporter: how delivery goes, as far as a change of it is worth a write. */
export const deliveryStatus = z.strictObject({
  lag: z
    .enum(LAG_STEPS)
    .optional()
    .describe(
      'Age of the oldest record that is not delivered, in steps. A step is left downwards only when the lag is well below it. A lag that the settings alone cause is the lowest that is shown. Absent while no pod knows it, and when records are pushed. The metric deepflow_kafka_exporter_lag_seconds is exact.',
    ),
  topics: mapOf(z.string().max(249), DATA_SOURCES.length)
    .optional()
    .describe('Topic of the records of each data source, as the last valid spec names it.'),
  unownedShards: z
    .array(z.int().min(0))
    .max(UNOWNED_SHARDS_MAX)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .optional()
    .describe(
      'Shards that no pod exports now. Absent: every shard has a pod, or not every pod answers, or records are pushed.',
    ),
  lastError: z
    .strictObject({
      reason: z.string().max(1_024).describe('Reason that the condition Delivering had.'),
      message: z
        .string()
        .max(ERROR_MESSAGE_MAX)
        .describe('Message that the condition Delivering had.'),
      time: z
        .string()
        .max(64)
        .meta({ format: 'date-time' })
        .describe('When the operator saw the problem first.'),
    })
    .optional()
    .describe('The last problem of delivery. It stays here when the problem is over.'),
});

/** The parsed `status.delivery`. */
export type DeliveryStatus = z.infer<typeof deliveryStatus>;
