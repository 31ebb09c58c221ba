import { z } from 'zod';
import { DATA_SOURCES } from '../../deepflow/data-sources.ts';
import { BROKER_MESSAGE, BROKER_PATTERN } from './addresses.ts';
import { recordFilterSchema } from '../../deepflow/filters/record-filter.ts';

/** SASL mechanisms the exporter can use (RFC 4616, RFC 5802, RFC 7677, RFC 7628). */
export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const;

/** How the exporter shows a token endpoint its client secret (RFC 6749 section 2.3.1). */
export const CLIENT_AUTHENTICATIONS = ['Basic', 'Form'] as const;

/** Codecs the exporter can write (record batch attributes, KIP-98 and KIP-110). */
export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** How often a record may be in its topic after crashes and failures. */
export const DELIVERY_GUARANTEES = ['ExactlyOnce', 'AtLeastOnce'] as const;

/** Which rules a record follows when DeepFlow's documentation and its server differ. */
export const RECORD_FORMATS = ['Documented', 'Compatible'] as const;

const TOPIC_NAME = /^[a-zA-Z0-9._-]{1,249}$/;

/** The most addresses of ClickHouse in addition to the first. */
export const REPLICA_URLS_MAX = 31;

/** The default limits of ClickHouse queries. */
export const QUERY_DEFAULTS = {
  maxConcurrentQueries: 8,
  maxQueryThreads: 2,
  maxQueryMemoryBytes: 2_147_483_648,
  queryPriority: 10,
} as const;

/** The greatest allowed number of ClickHouse queries that a pod runs at once. */
export const CONCURRENT_QUERIES_MAX = 64;

/** The memory that a query of a window needs at least, with a margin. */
export const QUERY_MEMORY_MIN = 67_108_864;

const httpUrl = z.url({ protocol: /^https?$/ });

/**
 * The TLS settings of connections to servers. Certificates and keys are in the credentials
 * directory.
 */
const clientTls = z.strictObject({
  /** True: the credentials directory holds the CAs to trust instead of the system's. */
  privateCa: z.boolean(),
  /** True: the credentials directory holds a client certificate and key. */
  clientCertificate: z.boolean(),
  /** The name expected in the servers' certificates. Absent: the host name of each server. */
  serverName: z.string().min(1).optional(),
  insecureSkipVerify: z.boolean(),
});

const clickHouse = z.strictObject({
  url: httpUrl,
  /** Further addresses with the same rows. */
  replicaUrls: z.array(httpUrl).max(REPLICA_URLS_MAX).default([]),
  /** True: the credentials directory holds ClickHouse's user name and password. */
  authenticated: z.boolean(),
  /**
   * Absent: https:// addresses must have a certificate that the system's CAs have signed.
   */
  tls: clientTls.optional(),
  /** A second is read for the first time this many seconds after it ends. */
  settleSeconds: z.int().min(0).max(86_400),
  /** Late rows may come up to this many seconds after that. */
  latenessSeconds: z.int().min(0).max(86_400),
  /**
   * The number of the organisation, which decides the names of the databases (DeepFlow,
   * server/libs/ckdb).
   */
  organizationId: z.int().min(1).max(1_024),
  /** The most queries that a pod runs at once, at all addresses together. */
  maxConcurrentQueries: z
    .int()
    .min(1)
    .max(CONCURRENT_QUERIES_MAX)
    .default(QUERY_DEFAULTS.maxConcurrentQueries),
  /** The threads of a query: ClickHouse's `max_threads`. */
  maxQueryThreads: z.int().min(1).max(64).default(QUERY_DEFAULTS.maxQueryThreads),
  /** The memory of a query: ClickHouse's `max_memory_usage`. */
  maxQueryMemoryBytes: z
    .int()
    .min(QUERY_MEMORY_MIN)
    .max(1_099_511_627_776)
    .default(QUERY_DEFAULTS.maxQueryMemoryBytes),
  /** ClickHouse's `priority`: queries yield to queries with lower numbers. 0 never yields. */
  queryPriority: z.int().min(0).max(1_000).default(QUERY_DEFAULTS.queryPriority),
  /** True: rows imported from OpenTelemetry and SkyWalking are exported as well. */
  importedSpans: z.boolean(),
  /** Where the first run starts: `Now`, `Earliest`, or an RFC 3339 time. */
  startFrom: z.union([
    z.literal('Now'),
    z.literal('Earliest'),
    z.iso.datetime({ offset: true, error: 'must be Now, Earliest or an RFC 3339 time' }),
  ]),
});

const http = z.strictObject({
  /** The port of the push server. 0 lets the system choose. */
  port: z.int().min(0).max(65_535),
  /** True: the credentials directory holds the token that clients must send. */
  bearerToken: z.boolean(),
  /** Absent: connections are not encrypted. Certificate and key are in the credentials directory. */
  tls: z
    .strictObject({
      /**
       * True: clients must have a certificate that the CAs in the credentials directory
       * have signed.
       */
      clientCertificates: z.boolean(),
    })
    .optional(),
  /** The most bytes of a body, as sent and as decoded. */
  maxBodyBytes: z.int().min(1_024).max(1_073_741_824),
  /** The most bytes of a line. */
  maxLineBytes: z.int().min(1_024).max(104_857_600),
  /** The most bytes of decoded bodies that are held at once. */
  maxBufferedBytes: z.int().min(1_024).max(8_589_934_592),
  /** The IANA name of the time zone for times without an offset. */
  timeZone: z.string().min(1),
  /** The number of the organisation in the records. */
  organizationId: z.int().min(1).max(1_024),
});

/** SASL extensions that are sent to the brokers with the token (KIP-342). Absent: none. */
const extensions = z.record(z.string(), z.string()).optional();

const sasl = z
  .strictObject({
    mechanism: z.enum(SASL_MECHANISMS),
    /** Where the tokens of OAUTHBEARER come from. Client id and secret are in the credentials directory. */
    oauthBearer: z
      .union([
        z.strictObject({
          tokenEndpoint: z.url({ protocol: /^https?$/ }),
          scope: z.string().min(1).optional(),
          audience: z.string().min(1).optional(),
          /** Absent: `Basic`. */
          clientAuthentication: z.enum(CLIENT_AUTHENTICATIONS).optional(),
          extensions,
          /** True: the credentials directory holds the CAs to trust instead of the system's. */
          privateCa: z.boolean(),
        }),
        z.strictObject({
          /** A file with a token, which is read for each login. */
          tokenFile: z.string().min(1),
          extensions,
        }),
      ])
      .optional(),
  })
  .refine(
    ({ mechanism, oauthBearer }) => (mechanism === 'OAUTHBEARER') === (oauthBearer !== undefined),
    'must have oauthBearer with mechanism OAUTHBEARER, and with no other',
  );

const kafka = z.strictObject({
  /** Bootstrap brokers, `host:port` or `[IPv6]:port`. */
  endpoints: z.array(z.string().regex(new RegExp(BROKER_PATTERN), BROKER_MESSAGE)).min(1),
  /**
   * Absent: connections do not use SASL. User name and password are in the credentials directory.
   */
  sasl: sasl.optional(),
  /** Absent: connections are not encrypted. */
  tls: clientTls.optional(),
  compression: z.enum(COMPRESSIONS),
  /** The most bytes of a record batch, as sent. Brokers accept 1 048 588 by default. */
  maxRequestBytes: z.int().min(1_024).max(104_857_600),
  /** The field whose values are the records' keys. Absent: records have no keys. */
  keyField: z.string().min(1).optional(),
  /** The compacted topic that holds the exporter's progress. */
  checkpointTopic: z.string().regex(TOPIC_NAME, 'must be a Kafka topic name'),
});

/**
 * The exporter's configuration: the contract between the operator, which renders it into a ConfigMap,
 * and the exporter, which refuses to start on anything else. It holds no secret.
 */
export const exporterConfigSchema = z
  .strictObject({
    /** `namespace/name` of the resource, for logs and metrics. */
    resource: z.string().min(3),
    /**
     * The resource to which the progress belongs. Absent: the progress has no owner, so any exporter
     * with the same checkpoint topic shares it.
     */
    owner: z
      .strictObject({
        uid: z.string().min(1).max(64),
        /** The name of the operator's installation. Empty: it has none. */
        installation: z.string().max(63),
      })
      .optional(),
    dataSources: z.array(z.enum(DATA_SOURCES)).min(1),
    /** Exactly one of `clickHouse` and `http` is present. Here: where records are read. */
    clickHouse: clickHouse.optional(),
    /** How records are pushed. */
    http: http.optional(),
    kafka,
    delivery: z.strictObject({
      /** Whether records and progress are committed in one transaction (KIP-98), or one after the other. */
      guarantee: z.enum(DELIVERY_GUARANTEES),
      /**
       * How many shards export in parallel, which is the number of partitions of the checkpoint
       * topic.
       */
      shards: z.int().min(1).max(64),
      /**
       * The topic of records that are too large for their own topic. Absent: such records are
       * counted and dropped.
       */
      deadLetterTopic: z.string().regex(TOPIC_NAME, 'must be a Kafka topic name').optional(),
    }),
    /** The topic of the records. `{dataSource}`, `{database}` and `{table}` are replaced. */
    topic: z.string().min(1),
    /** How many shards export at once. */
    queueCount: z.int().min(1).max(64),
    /** How many records of a shard may wait for Kafka before reading pauses. */
    queueSize: z.int().min(1).max(1_000_000),
    /** The most records of one batch. */
    batchSize: z.int().min(1).max(100_000),
    /** New records are read and sent when this many seconds have settled. */
    flushTimeoutSeconds: z.int().min(1).max(3_600),
    /** The fields to write: categories, sub-categories, names, labels. */
    exportFields: z.array(z.string().min(1)).min(1),
    /** Conditions on a record's values. Without groups and filters, every record passes. */
    filter: recordFilterSchema,
    /** `Documented`: as DeepFlow documents it. `Compatible`: as deepflow-server 7.1 writes it. */
    recordFormat: z.enum(RECORD_FORMATS),
    /** The IANA name of the time zone of `time_str`. */
    timeZone: z.string().min(1),
    /** True: codes of enums stay numbers. */
    enumTranslateToNameDisabled: z.boolean(),
    /** True: ids of resources stay numbers, under keys with `_id`. */
    universalTagTranslateToNameDisabled: z.boolean(),
    /** True: ids of resources are written in addition to their names. */
    keepIds: z.boolean(),
    /** True: tags whose value is an empty string are written as `""`. */
    exportEmptyTag: z.boolean(),
    /** True: metrics whose value is 0 or empty are left out. */
    exportEmptyMetricsDisabled: z.boolean(),
    /** For how long a stopping exporter delivers what it has read. Absent: `DRAIN_SECONDS`. */
    drainSeconds: z.int().min(1).max(3_600).optional(),
  })
  .refine(({ clickHouse: read, http: pushed }) => (read === undefined) !== (pushed === undefined), {
    path: ['source'],
    message: 'must have exactly one of clickHouse and http',
  });

/** The exporter's parsed configuration. */
export type ExporterConfig = z.infer<typeof exporterConfigSchema>;

/** How the exporter's connections to Kafka or ClickHouse are encrypted. */
export type ClientTls = z.infer<typeof clientTls>;

/** The configuration of an exporter that reads ClickHouse. */
export type ReadingConfig = ExporterConfig & {
  readonly clickHouse: NonNullable<ExporterConfig['clickHouse']>;
};

/** The configuration of an exporter to which records are pushed. */
export type PushConfig = ExporterConfig & { readonly http: NonNullable<ExporterConfig['http']> };

/** True when an exporter reads its records from ClickHouse. False: records are pushed to it. */
export function isReading(config: ExporterConfig): config is ReadingConfig {
  return config.clickHouse !== undefined;
}

/** True when records are pushed to an exporter. */
export function isPushed(config: ExporterConfig): config is PushConfig {
  return config.http !== undefined;
}

/** The number of the organisation whose records an exporter writes. */
export function organizationOf({ clickHouse: read, http: pushed }: ExporterConfig): number {
  return (read ?? pushed)?.organizationId ?? 1;
}
