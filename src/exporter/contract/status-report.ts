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
  'ProgressOwnedByAnother',
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
  'InternalError',
] as const;

/** The largest report in bytes. The operator reads no more of an answer. */
export const REPORT_BYTES_MAX = 64 * 1024;
const PROBLEMS_MAX = 10;
const MESSAGE_CHARACTERS_MAX = 2_000;
const NAME_CHARACTERS_MAX = 200;
const COLUMNS_MAX = 500;
const SHARDS_MAX = 1_024;

/** A text that is cut after this number of characters. */
function text(charactersMax: number): z.ZodType<string> {
  return z
    .string()
    .transform((value) =>
      value.length > charactersMax ? `${value.slice(0, charactersMax)}…` : value,
    );
}

const problem = z.object({
  reason: z.enum(PROBLEM_REASONS),
  message: text(MESSAGE_CHARACTERS_MAX),
  since: z.iso.datetime(),
});

/**
 * The answer of `GET /status`: the contract between an exporter pod and the operator. Parsing cuts long texts and lists. The
 * exporter parses its own report before it sends it, and the operator parses what it receives, since any program may answer.
 */
export const statusReportSchema = z.object({
  /** True once the exporter has read its source and reached its topics, and has no problem now. */
  delivering: z.boolean(),
  /**
   * The current problems. The first is the one to solve first. Messages name the object and the
   * remedy.
   */
  problems: z.array(problem).transform((problems) => problems.slice(0, PROBLEMS_MAX)),
  /**
   * Why no connections can be made with the current credentials, while older connections still
   * deliver. Absent: such connections can be made, or nothing delivers and the reason is one of
   * `problems`.
   */
  renewalProblem: problem
    .extend({
      /** The revision with which no connections can be made. A pod of an older version does not report it. */
      credentialsRevision: z.int().optional(),
    })
    .optional(),
  /**
   * The result of trying candidate credentials. Absent: there are none, or the pod is of an older
   * version.
   */
  candidate: z
    .object({
      revision: z.int(),
      /** Why the revision cannot be used. Absent: it is being tried. */
      problem: problem.optional(),
    })
    .optional(),
  /**
   * Columns that records or filters need and a table lacks. A pod of an older version does not
   * report them.
   */
  missingColumns: z
    .array(
      z.object({
        dataSource: text(NAME_CHARACTERS_MAX),
        columns: z
          .array(text(NAME_CHARACTERS_MAX))
          .transform((columns) => columns.slice(0, COLUMNS_MAX)),
      }),
    )
    .default([]),
  /**
   * One sentence that says how much a quota of Kafka slows the exporter down. Absent: no quota does,
   * or the pod is of an older version.
   */
  throttled: text(MESSAGE_CHARACTERS_MAX).optional(),
  /**
   * The revision of the credentials with which every Kafka broker in use has authenticated the
   * exporter. If there are credentials for ClickHouse, every address of ClickHouse has accepted the
   * revision as well. A new revision is reported once all brokers of the previous session, and all
   * addresses that answer, have accepted it.
   */
  credentialsRevision: z.int().optional(),
  /** The shards that this pod exports now. A pod of an older version does not report them. */
  shards: z
    .array(z.int())
    .transform((shards) => shards.slice(0, SHARDS_MAX))
    .default([]),
  /**
   * How many shards share the time: the partitions of the checkpoint topic. Absent before they are known, when records are
   * pushed, and from a pod of an older version.
   */
  shardCount: z.int().optional(),
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

/** Why connections cannot be renewed, and with which revision of the credentials. */
export type RenewalReport = NonNullable<StatusReport['renewalProblem']>;

/** The result of trying candidate credentials. */
export type CandidateReport = NonNullable<StatusReport['candidate']>;

/** A problem as a check finds it. */
export interface FoundProblem extends Omit<Problem, 'since'> {
  /**
   * How long the check may fail in a row before this counts as a problem. Absent: it counts at once.
   */
  readonly patienceMs?: number;
  /** True: only one data source has the problem, in its topic or table. */
  readonly isOfOne?: boolean;
}
