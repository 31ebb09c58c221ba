import { z } from 'zod';
import { GRACE_SECONDS_MIN } from '../../exporter/contract/grace-period.ts';
import { listByKeys, mapOf, withRules } from './fields.ts';
import { dnsConfig, environmentVariable, hostAlias } from './pod-network.ts';
import { affinity, topologySpreadConstraint } from './pod-scheduling.ts';

const QUANTITY = /^[0-9]+(\.[0-9]+)?(m|k|[KMGTPE]i|[MGTPE])?$/;

const QUANTITY_CHARACTERS_MAX = 32;

/** The bounds of a union are not in its JSON schema, so they are given twice. */
const quantity = z
  .union([
    z.int().min(0),
    z
      .string()
      .max(QUANTITY_CHARACTERS_MAX)
      .regex(QUANTITY, 'must be a quantity such as 250m or 512Mi'),
  ])
  .meta({
    'x-kubernetes-int-or-string': true,
    pattern: QUANTITY.source,
    maxLength: QUANTITY_CHARACTERS_MAX,
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
  });

const toleration = z.strictObject({
  key: z
    .string()
    .max(317)
    .exactOptional()
    .describe('Taint key. Absent, with the operator Exists: every taint.'),
  operator: z
    .enum(['Exists', 'Equal'])
    .exactOptional()
    .describe('Equal: the taint must have this value. Exists: any value matches. Absent: Equal.'),
  value: z.string().max(63).exactOptional().describe('Taint value, with the operator Equal.'),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .exactOptional()
    .describe('Taint effect. Absent: every effect.'),
  tolerationSeconds: z
    .int()
    .min(0)
    .max(2_147_483_647)
    .exactOptional()
    .describe('Seconds for which a NoExecute taint is tolerated. Absent: for ever.'),
});

const pullSecret = z.strictObject({
  name: z.string().max(253).describe('Name of the Secret.'),
});

const fields = z.strictObject({
  resources: z
    .strictObject({
      requests: mapOf(quantity, 8)
        .exactOptional()
        .describe('Resources that the scheduler reserves for the container.'),
      limits: mapOf(quantity, 8)
        .exactOptional()
        .describe('Resources that the container may use at most.'),
    })
    .exactOptional()
    .describe(
      'Resources of the container. They replace the default: requests of 100m CPU and 256Mi memory, a limit of 512Mi memory.',
    ),
  nodeSelector: mapOf(z.string().max(63))
    .exactOptional()
    .describe('Labels that the node must have.'),
  tolerations: z
    .array(toleration)
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .exactOptional()
    .describe('Taints that the pods tolerate.'),
  annotations: mapOf(z.string().max(4_096)).exactOptional().describe('Annotations of the pods.'),
  labels: mapOf(z.string().max(63))
    .exactOptional()
    .describe("Labels of the pods. The operator's own labels have precedence."),
  imagePullSecrets: listByKeys(pullSecret, { keys: ['name'], max: 8 })
    .exactOptional()
    .describe('Secrets that are used to pull the image.'),
  priorityClassName: z.string().max(253).exactOptional().describe('PriorityClass of the pods.'),
  runtimeClassName: z
    .string()
    .min(1)
    .max(253)
    .exactOptional()
    .describe('RuntimeClass of the pods.'),
  affinity: affinity
    .exactOptional()
    .describe('On which nodes, and beside which pods, the pods run.'),
  topologySpreadConstraints: listByKeys(topologySpreadConstraint, {
    keys: ['topologyKey', 'whenUnsatisfiable'],
    max: 16,
  })
    .exactOptional()
    .describe('How the pods are spread over nodes and zones.'),
  hostAliases: listByKeys(hostAlias, { keys: ['ip'], max: 64 })
    .exactOptional()
    .describe('Entries of /etc/hosts, such as those of brokers that DNS does not know.'),
  dnsPolicy: z
    .enum(['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'])
    .exactOptional()
    .describe('DNS settings of the pods. Absent: ClusterFirst.'),
  dnsConfig: dnsConfig.exactOptional().describe('Additions to the DNS settings of dnsPolicy.'),
  env: listByKeys(environmentVariable, { keys: ['name'], max: 64 })
    .exactOptional()
    .describe(
      'Variables of the container. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are used for connections to ClickHouse and to token endpoints, not to Kafka.',
    ),
  terminationGracePeriodSeconds: z
    .int()
    .min(GRACE_SECONDS_MIN)
    .max(3_600)
    .exactOptional()
    .describe(
      `Seconds that a pod has to stop. All but the last 10 are for the delivery of what was read. Absent: ${GRACE_SECONDS_MIN}.`,
    ),
});

/** What a user may add to the exporter's pods. */
export const podTemplate = withRules(fields, [
  {
    cel: "!has(self.dnsPolicy) || self.dnsPolicy != 'None' || (has(self.dnsConfig) && has(self.dnsConfig.nameservers))",
    holds: ({ dnsConfig: config, dnsPolicy }) =>
      dnsPolicy !== 'None' || config?.nameservers !== undefined,
    message: 'dnsPolicy None needs dnsConfig.nameservers: name a DNS server',
  },
]);

/** A user's additions to the pods, parsed. */
export type PodTemplate = z.infer<typeof podTemplate>;
