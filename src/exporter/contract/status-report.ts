import { z } from 'zod';

/**
 * Why an exporter cannot deliver, one word for each thing that a user would have to mend. They become
 * the reasons of the resource's conditions (CamelCase, as the Kubernetes API conventions ask).
 */
export const PROBLEM_REASONS = [
  'BrokerUnreachable',
  'BrokerCertificateRejected',
  'ClientCertificateRejected',
  'KafkaAuthenticationFailed',
  'TokenEndpointUnreachable',
  'TokenRefused',
  'KafkaAuthorizationFailed',
  'TopicMissing',
  'KafkaError',
  'ClickHouseUnreachable',
  'ClickHouseCertificateRejected',
  'ClickHouseClientCertificateRejected',
  'ClickHouseAuthenticationFailed',
  'ClickHouseSettingRefused',
  'ClickHouseLimitReached',
  'TableMissing',
  'ClickHouseError',
  'CredentialsUnreadable',
] as const;

const problem = z.object({
  reason: z.enum(PROBLEM_REASONS),
  message: z.string(),
  since: z.iso.datetime(),
});

/** What `GET /status` answers: the contract between an exporter pod and the operator. */
export const statusReportSchema = z.object({
  /** True once the exporter could read its source and reach its topics, and nothing is wrong now. */
  delivering: z.boolean(),
  /** What is wrong now; the first is the one to mend first. Messages name the thing and the remedy. */
  problems: z.array(problem),
  /**
   * Why no connections with the present credentials can be made, while those made before still deliver. Absent:
   * they can, or nothing delivers and it is one of `problems`.
   */
  renewalProblem: problem.optional(),
  /** Columns that records or filters want and a table lacks; a pod of an older version does not say. */
  missingColumns: z
    .array(z.object({ dataSource: z.string(), columns: z.array(z.string()) }))
    .default([]),
  /**
   * Revision of the credentials with which every Kafka broker in use has authenticated the exporter. A new one shows
   * once all brokers to which the session before was connected, as far as they answer, have taken it.
   */
  credentialsRevision: z.int().optional(),
  /** Shards that this pod exports now; a pod of an older version does not say. */
  shards: z.array(z.int()).default([]),
  /** Records acknowledged by Kafka since the process started. */
  recordsExported: z.int(),
  /** Seconds between now and the oldest record not yet delivered; absent before the first window. */
  lagSeconds: z.number().optional(),
});

/** An exporter's parsed report. */
export type StatusReport = z.infer<typeof statusReportSchema>;

/** A thing that keeps an exporter from delivering. */
export type Problem = StatusReport['problems'][number];

/** A problem's reason. */
export type ProblemReason = Problem['reason'];
