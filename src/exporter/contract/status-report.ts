import { z } from 'zod';

/**
 * Why an exporter cannot deliver: one reason for each object that a user has to correct. They
 * become the reasons of the resource's conditions (CamelCase, as the Kubernetes API conventions
 * require).
 */
export const PROBLEM_REASONS = [
  'BrokerUnreachable',
  'BrokerCertificateRejected',
  'BrokerWithoutTls',
  'ClientCertificateRejected',
  'KafkaAuthenticationFailed',
  'TokenEndpointUnreachable',
  'TokenRefused',
  'KafkaAuthorizationFailed',
  'TopicMissing',
  'KafkaNotReady',
  'NotEnoughReplicas',
  'TopicRefused',
  'ProducerFenced',
  'TopicNotCompacted',
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

/** The answer of `GET /status`: the contract between an exporter pod and the operator. */
export const statusReportSchema = z.object({
  /** True once the exporter has read its source and reached its topics, and has no problem now. */
  delivering: z.boolean(),
  /**
   * The current problems. The first is the one to solve first. Messages name the object and the
   * remedy.
   */
  problems: z.array(problem),
  /**
   * Why no connections can be made with the current credentials, while older connections still
   * deliver. Absent: such connections can be made, or nothing delivers and the reason is one of
   * `problems`.
   */
  renewalProblem: problem.optional(),
  /**
   * Columns that records or filters need and a table lacks. A pod of an older version does not
   * report them.
   */
  missingColumns: z
    .array(z.object({ dataSource: z.string(), columns: z.array(z.string()) }))
    .default([]),
  /**
   * The revision of the credentials with which every Kafka broker in use has authenticated the
   * exporter. If there are credentials for ClickHouse, every address of ClickHouse has accepted the
   * revision as well. A new revision is reported once all brokers of the previous session, and all
   * addresses that answer, have accepted it.
   */
  credentialsRevision: z.int().optional(),
  /** The shards that this pod exports now. A pod of an older version does not report them. */
  shards: z.array(z.int()).default([]),
  /** Records acknowledged by Kafka since the process started. */
  recordsExported: z.int(),
  /**
   * Seconds between now and the oldest record that is not yet delivered. Absent before the first
   * window.
   */
  lagSeconds: z.number().optional(),
});

/** An exporter's parsed report. */
export type StatusReport = z.infer<typeof statusReportSchema>;

/** A problem that keeps an exporter from delivering. */
export type Problem = StatusReport['problems'][number];

/** A problem's reason. */
export type ProblemReason = Problem['reason'];

/** A problem as a check finds it. */
export interface FoundProblem extends Omit<Problem, 'since'> {
  /**
   * How long the check may fail in a row before this counts as a problem. Absent: it counts at once.
   */
  readonly patienceMs?: number;
  /** True: only one data source has the problem, in its topic or table. */
  readonly isOfOne?: boolean;
}
