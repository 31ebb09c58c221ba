import { z } from 'zod';
import { DATA_SOURCES } from '../../deepflow/data-sources.ts';
import { RECORD_FORMATS } from '../../exporter/contract/exporter-config.ts';
import { clickHouseSource } from './clickhouse-source.ts';
import { clientTls } from './client-tls.ts';
import { delivery, producer } from './delivery-spec.ts';
import { brokerAddress, withRules } from './fields.ts';
import { httpSource } from './http-source.ts';
import { autoscaling } from './on-demand/autoscaling.ts';
import { networkPolicy } from './on-demand/network-policy.ts';
import { podDisruptionBudget } from './on-demand/pod-disruption-budget.ts';
import { podMonitor } from './on-demand/pod-monitor.ts';
import { podTemplate } from './pod-template.ts';
import { exportFields, filterCondition, tagFilterGroups, tagFilters } from './record-options.ts';
import { sasl } from './sasl.ts';
import { authoritiesConfigMapReference, authoritiesReference } from './secret-references.ts';

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
        'source must have exactly one of clickHouse and http: add one of them, or move one of them to a second resource',
    },
  ],
);

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

/** `spec` of a KafkaExporter. Its fields have the names of DeepFlow's exporter options, in camelCase. */
export const kafkaExporterSpec = withRules(
  z.strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('False: the exporter is scaled to zero. All other objects stay.'),
    suspend: z
      .boolean()
      .default(false)
      .describe('True: the operator changes nothing and only reports the status.'),
    preflight: z
      .enum(['Pods', 'None'])
      .default('Pods')
      .describe(
        'Pods: the running pods try new credentials, and the operator publishes them once a pod has authenticated with them. A pod that starts anew uses the former ones until then. None: new credentials are published at once.',
      ),
    dataSources: z
      .array(z.enum(DATA_SOURCES))
      .min(1)
      .max(DATA_SOURCES.length)
      .refine((list) => new Set(list).size === list.length, 'must not name a data source twice')
      .meta({ 'x-kubernetes-list-type': 'set' })
      .describe("Data sources to export, with DeepFlow's names <database>.<table>."),
    source: source.describe('Where the records come from: clickHouse or http.'),
    endpoints: z
      .array(brokerAddress)
      .min(1)
      .max(64)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe(
        'Kafka brokers for the first connection, as host:port. An IPv6 address stands in brackets.',
      ),
    topic: topic
      .default('')
      .describe(
        'Topic of the records. {dataSource}, {database} and {table} are replaced. Empty: deepflow.{dataSource}.',
      ),
    queueCount: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe(
        'Shards that a pod exports at the same time. With source.http: transactions that a pod runs at the same time.',
      ),
    queueSize: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(100_000)
      .describe(
        "Largest number of a shard's records that wait for Kafka. Above it, the shard stops reading. With source.http: largest number of records in a transaction.",
      ),
    batchSize: z
      .int()
      .min(1)
      .max(100_000)
      .default(1_024)
      .describe('Largest number of records in one batch.'),
    flushTimeoutSeconds: z
      .int()
      .min(1)
      .max(3_600)
      .default(1)
      .describe(
        'Seconds that are read and sent together. A larger value makes larger batches and fewer transactions, and delays records. Pushed records do not wait.',
      ),
    tagFilterCondition: filterCondition,
    tagFilters,
    tagFilterGroups,
    exportFields,
    exportEmptyTag: z
      .boolean()
      .default(false)
      .describe('True: tags whose value is an empty string are exported.'),
    exportEmptyMetricsDisabled: z
      .boolean()
      .default(false)
      .describe('True: metrics that are 0 or empty are left out.'),
    enumTranslateToNameDisabled: z
      .boolean()
      .default(false)
      .describe('True: codes, such as the value of l7_protocol, stay numbers.'),
    universalTagTranslateToNameDisabled: z
      .boolean()
      .default(false)
      .describe('True: ids of resources, such as pod_id_0, stay numbers.'),
    keepIds: z
      .boolean()
      .default(false)
      .describe('True: ids of resources are exported in addition to their names.'),
    recordFormat: z
      .enum(RECORD_FORMATS)
      .default('Documented')
      .describe(
        'Documented: records and filters follow the documentation of DeepFlow. Compatible: they are the same as in deepflow-server 7.1. docs/record-format.md lists the differences.',
      ),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .default('UTC')
      .describe('Time zone of time_str, such as Asia/Shanghai.'),
    sasl: sasl
      .optional()
      .describe('Login of the exporter to Kafka. Absent: the exporter does not log in.'),
    tls: clientTls
      .optional()
      .describe(
        'TLS options of connections to Kafka. Connections are encrypted if sasl.securityProtocol is SASL_SSL or, without SASL, if tls is present.',
      ),
    extraCaSecretRef: authoritiesReference
      .optional()
      .describe(
        "CA certificates that are trusted in addition to the system's, by every connection for which no CA certificates are given: for a company's own CA, or a proxy that inspects TLS.",
      ),
    extraCaConfigMapRef: authoritiesConfigMapReference
      .optional()
      .describe('The same CA certificates in a ConfigMap, instead of extraCaSecretRef.'),
    producer: producer
      .default({ compression: 'zstd', maxRequestBytes: 900_000, keyField: '' })
      .describe('Options of record batches.'),
    delivery: delivery
      .default({
        guarantee: 'ExactlyOnce',
        shards: 16,
        checkpointTopic: '',
        deadLetterTopic: '',
      })
      .describe('What is guaranteed, and where progress is stored.'),
    replicas: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'Pods that share the work; kubectl scale sets it. With source.clickHouse, pods beyond delivery.shards have no work. Absent: one pod, unless you or a HorizontalPodAutoscaler scale the Deployment.',
      ),
    autoscaling: autoscaling
      .optional()
      .describe(
        'A HorizontalPodAutoscaler scales the pods. Absent: the operator makes none, and deletes the one that it made.',
      ),
    podDisruptionBudget: podDisruptionBudget
      .optional()
      .describe(
        'A PodDisruptionBudget limits how many pods stop at the same time when nodes are drained. Absent: the operator makes none, and deletes the one that it made.',
      ),
    networkPolicy: networkPolicy
      .optional()
      .describe(
        'A NetworkPolicy lets the pods reach only DNS and the ports of the addresses in the spec, at these addresses only if they are IP addresses, and lets others reach only the ports that the pods serve. Absent: the operator makes none, and deletes the one that it made.',
      ),
    podMonitor: podMonitor
      .optional()
      .describe(
        'A PodMonitor tells the Prometheus Operator to read the metrics of the pods. Absent: the operator makes none, and deletes the one that it made.',
      ),
    podTemplate: podTemplate.optional().describe("Additions to the exporter's pods."),
  }),
  [
    {
      cel: '!(has(self.extraCaSecretRef) && has(self.extraCaConfigMapRef))',
      holds: ({ extraCaConfigMapRef, extraCaSecretRef }) =>
        extraCaSecretRef === undefined || extraCaConfigMapRef === undefined,
      message:
        'extraCaSecretRef and extraCaConfigMapRef exclude each other: put all CA certificates into one bundle',
    },
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
        'keepIds has no effect with universalTagTranslateToNameDisabled, which exports only ids: remove one of the two',
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
        'source.http has no names of resources, because they are in ClickHouse: set universalTagTranslateToNameDisabled to true, which exports ids',
    },
    {
      cel: "!has(self.source.http) || !self.exportFields.exists(field, field.startsWith('$k8s.label') || field.startsWith('~$k8s.label'))",
      holds: ({ source: { http }, exportFields: fields }) =>
        http === undefined || !fields.some((field) => /^~?\$k8s\.label/.test(field)),
      message:
        'source.http has no labels of pods, because they are in ClickHouse: remove $k8s.label from exportFields',
    },
    {
      cel: '!(has(self.autoscaling) && has(self.replicas))',
      holds: ({ autoscaling: scaled, replicas }) =>
        !(scaled !== undefined && replicas !== undefined),
      message: 'autoscaling sets the number of pods: remove replicas, or remove autoscaling',
    },
    {
      cel: '!(has(self.source.http) && has(self.autoscaling) && has(self.autoscaling.lag))',
      holds: ({ autoscaling: scaled, source: { http } }) =>
        http === undefined || scaled?.lag === undefined,
      message:
        'records that are pushed have no lag: replace autoscaling.lag by autoscaling.targetCPUUtilizationPercentage',
    },
    {
      cel: 'self.batchSize <= self.queueSize',
      holds: ({ batchSize, queueSize }) => batchSize <= queueSize,
      message: 'batchSize must not exceed queueSize: increase queueSize or decrease batchSize',
    },
  ],
);

/** A parsed spec, with every default. */
export type KafkaExporterSpec = z.infer<typeof kafkaExporterSpec>;
