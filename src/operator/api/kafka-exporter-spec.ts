import { z } from 'zod';
import { DATA_SOURCES } from '../../deepflow/data-sources.ts';
import { RECORD_FORMATS } from '../../exporter/contract/exporter-config.ts';
import { clickHouseSource } from './clickhouse-source.ts';
import { clientTls } from './client-tls.ts';
import { delivery, producer } from './delivery-spec.ts';
import { text, withRules } from './fields.ts';
import { httpSource } from './http-source.ts';
import { podTemplate } from './pod-template.ts';
import { exportFields, filterCondition, tagFilterGroups, tagFilters } from './record-options.ts';
import { sasl } from './sasl.ts';

const source = withRules(
  z.strictObject({
    clickHouse: clickHouseSource
      .optional()
      .describe("Records are read from DeepFlow's ClickHouse."),
    http: httpSource
      .optional()
      .describe('Records are pushed to the exporter over HTTP: docs/http-push.md.'),
  }),
  [
    {
      cel: 'has(self.clickHouse) != has(self.http)',
      holds: ({ clickHouse: read, http }) => (read === undefined) !== (http === undefined),
      message:
        'source must have exactly one of clickHouse and http: add one, or remove one and put it into a resource of its own',
    },
  ],
);

const endpoint = text({
  pattern: '^[^:\\s]+:[0-9]{1,5}$',
  maxLength: 261,
  message: 'must be host:port, such as broker1.example.com:9092',
});

const TOPIC = '^[a-zA-Z0-9._-]*$';
const TOPIC_MESSAGE =
  'must be a Kafka topic: letters, digits, ".", "_" and "-", with the placeholders {dataSource}, {database} and {table}';

const topic = z
  .string()
  .max(249)
  .refine(
    (value) => new RegExp(TOPIC).test(value.replaceAll(/\{(dataSource|database|table)\}/g, '')),
    TOPIC_MESSAGE,
  )
  .meta({
    'x-kubernetes-validations': [
      {
        rule: `self.replace('{dataSource}', '').replace('{database}', '').replace('{table}', '').matches('${TOPIC}')`,
        message: TOPIC_MESSAGE,
      },
    ],
  });

/** `spec` of a KafkaExporter. The names are those of DeepFlow's exporter options, in camelCase. */
export const kafkaExporterSpec = withRules(
  z.strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('False scales the exporter to zero and keeps everything else.'),
    suspend: z
      .boolean()
      .default(false)
      .describe('True: the operator changes nothing and only reports.'),
    dataSources: z
      .array(z.enum(DATA_SOURCES))
      .min(1)
      .max(DATA_SOURCES.length)
      .refine((list) => new Set(list).size === list.length, 'must not name a data source twice')
      .meta({ 'x-kubernetes-list-type': 'set' })
      .describe("Kinds of records to export, by DeepFlow's names <database>.<table>."),
    source: source.describe('Where the records come from: clickHouse or http.'),
    endpoints: z
      .array(endpoint)
      .min(1)
      .max(64)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Kafka brokers to start from, host:port.'),
    topic: topic
      .default('')
      .describe(
        'Topic of the records; {dataSource}, {database} and {table} are replaced. Empty: deepflow.{dataSource}.',
      ),
    queueCount: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe(
        'Shards of time that are exported at once; with source.http, transactions that are under way at once.',
      ),
    queueSize: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(100_000)
      .describe(
        'Records of a shard or, with source.http, a transaction that may wait for Kafka before the source is slowed down.',
      ),
    batchSize: z.int().min(1).max(100_000).default(1_024).describe('Most records of one batch.'),
    flushTimeoutSeconds: z
      .int()
      .min(1)
      .max(3_600)
      .default(1)
      .describe(
        'New records are gathered for so long before they are read and sent: longer makes fuller batches and fewer transactions. Pushed records do not wait.',
      ),
    tagFilterCondition: filterCondition,
    tagFilters,
    tagFilterGroups,
    exportFields,
    exportEmptyTag: z
      .boolean()
      .default(false)
      .describe('True: tags whose value is an empty string are exported too.'),
    exportEmptyMetricsDisabled: z
      .boolean()
      .default(false)
      .describe('True: metrics that are 0 or empty are left out.'),
    enumTranslateToNameDisabled: z
      .boolean()
      .default(false)
      .describe('True: codes, such as that of l7_protocol, stay numbers.'),
    universalTagTranslateToNameDisabled: z
      .boolean()
      .default(false)
      .describe('True: ids of resources, such as pod_id_0, stay numbers.'),
    keepIds: z
      .boolean()
      .default(false)
      .describe('True: ids of resources are exported beside their names.'),
    recordFormat: z
      .enum(RECORD_FORMATS)
      .default('Documented')
      .describe(
        'Documented: records and filters as DeepFlow documents them. Compatible: as deepflow-server 7.1 has them; docs/record-format.md lists the differences.',
      ),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .default('UTC')
      .describe('Time zone of time_str, such as Asia/Shanghai.'),
    sasl: sasl.optional().describe('How the exporter logs in to Kafka; absent: it does not.'),
    tls: clientTls
      .optional()
      .describe(
        'How connections are encrypted. They are encrypted with sasl.securityProtocol SASL_SSL or, without SASL, when tls is present.',
      ),
    producer: producer
      .default({ compression: 'zstd', maxRequestBytes: 900_000, keyField: '' })
      .describe('How record batches are written.'),
    delivery: delivery
      .default({
        guarantee: 'ExactlyOnce',
        shards: 16,
        checkpointTopic: '',
        deadLetterTopic: '',
      })
      .describe('What is guaranteed, and how progress is kept.'),
    replicas: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'Pods that share the work; with source.clickHouse, more than delivery.shards have none. Absent: one, unless somebody scales the Deployment, such as a HorizontalPodAutoscaler.',
      ),
    podTemplate: podTemplate.optional().describe("Additions to the exporter's pods."),
  }),
  [
    {
      cel: "!(has(self.tls) && has(self.sasl) && self.sasl.enabled && self.sasl.securityProtocol == 'SASL_PLAINTEXT')",
      holds: ({ tls: encryption, sasl: login }) =>
        !(
          encryption !== undefined &&
          login?.enabled === true &&
          login.securityProtocol === 'SASL_PLAINTEXT'
        ),
      message:
        'tls has no effect with sasl.securityProtocol SASL_PLAINTEXT: remove tls or set SASL_SSL',
    },
    {
      cel: '!(self.keepIds && self.universalTagTranslateToNameDisabled)',
      holds: ({ keepIds, universalTagTranslateToNameDisabled: untranslated }) =>
        !(keepIds && untranslated),
      message:
        'keepIds has no effect with universalTagTranslateToNameDisabled, which keeps the ids alone: remove one of the two',
    },
    {
      cel: "!(self.keepIds && self.recordFormat == 'Compatible')",
      holds: ({ keepIds, recordFormat }) => !(keepIds && recordFormat === 'Compatible'),
      message: 'deepflow-server has no keepIds: remove keepIds or set recordFormat to Documented',
    },
    {
      cel: '!has(self.source.http) || self.universalTagTranslateToNameDisabled',
      holds: ({ source: { http }, universalTagTranslateToNameDisabled: untranslated }) =>
        http === undefined || untranslated,
      message:
        'source.http has no names of resources, which are in ClickHouse: set universalTagTranslateToNameDisabled to true, which exports their ids',
    },
    {
      cel: "!has(self.source.http) || !self.exportFields.exists(field, field.startsWith('$k8s.label') || field.startsWith('~$k8s.label'))",
      holds: ({ source: { http }, exportFields: fields }) =>
        http === undefined || !fields.some((field) => /^~?\$k8s\.label/.test(field)),
      message:
        'source.http has no labels of pods, which are in ClickHouse: remove $k8s.label from exportFields',
    },
    {
      cel: 'self.batchSize <= self.queueSize',
      holds: ({ batchSize, queueSize }) => batchSize <= queueSize,
      message: 'batchSize must not exceed queueSize: raise queueSize or lower batchSize',
    },
  ],
);

/** A parsed spec, every default filled in. */
export type KafkaExporterSpec = z.infer<typeof kafkaExporterSpec>;
