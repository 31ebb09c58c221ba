import { createHash } from 'node:crypto';
import { dump } from 'js-yaml';
import { topicOf } from '../../deepflow/data-sources.ts';
import {
  type ClientTls,
  type ExporterConfig,
  exporterConfigSchema,
} from '../../exporter/contract/exporter-config.ts';
import { drainSeconds } from '../../exporter/contract/grace-period.ts';
import { TOKEN_DIRECTORY, TOKEN_FILE } from '../../exporter/contract/mounted-files.ts';
import type { HttpSource } from '../api/http-source.ts';
import type { KafkaExporter } from '../api/kafka-exporter.ts';
import { signOf } from '../api/filter-operator.ts';
import type { KafkaExporterSpec } from '../api/kafka-exporter-spec.ts';
import type { Sasl } from '../api/sasl.ts';
import { defaultCheckpointTopic, TOPIC_CHARACTERS_MAX } from './names.ts';
import { firstProblems } from '../../lib/first-problems.ts';
import { recordProblems } from './record-problems.ts';

/** A configuration that the exporter accepts, or sentences that say what to change in the spec. */
export type RenderedConfig =
  | {
      readonly kind: 'rendered';
      readonly config: ExporterConfig;
      readonly yaml: string;
      /** First 10 hexadecimal digits of the SHA-256 of `yaml`, which contains no secret. */
      readonly hash: string;
    }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/**
 * Renders the exporter's configuration from a resource. The exporter's own schema checks it, so no pod gets a
 * configuration that it cannot start with. The same resource gives the same bytes.
 *
 * @param installation the value of `--installation`; empty: none.
 */
export function renderExporterConfig(resource: KafkaExporter, installation = ''): RenderedConfig {
  const parsed = exporterConfigSchema.safeParse(configOf(resource, installation));
  if (!parsed.success) {
    return {
      kind: 'invalid',
      problems: firstProblems(
        parsed.error.issues.map(({ path, message }) => `${specPath(path)}: ${message}`),
      ),
    };
  }
  const long = parsed.data.dataSources.find(
    (dataSource) => topicOf(parsed.data.topic, dataSource).length > TOPIC_CHARACTERS_MAX,
  );
  if (long !== undefined) {
    return {
      kind: 'invalid',
      problems: [
        `spec.topic: the topic of ${long} is longer than ${TOPIC_CHARACTERS_MAX} characters; shorten it`,
      ],
    };
  }
  const problems = firstProblems(recordProblems(parsed.data));
  if (problems.length > 0) return { kind: 'invalid', problems };
  const yaml = dump(parsed.data, { sortKeys: true, lineWidth: -1, noRefs: true });
  const hash = createHash('sha256').update(yaml).digest('hex').slice(0, 10);
  return { kind: 'rendered', config: parsed.data, yaml, hash };
}

/** The template of the names of a resource's topics. */
export function topicTemplate({ topic }: Pick<KafkaExporterSpec, 'topic'>): string {
  return topic === '' ? 'deepflow.{dataSource}' : topic;
}

function configOf({ metadata, spec }: KafkaExporter, installation: string): ExporterConfig {
  const { clickHouse, http } = spec.source;
  const sasl = activeSasl(spec);
  const grace = spec.podTemplate?.terminationGracePeriodSeconds;
  return {
    resource: `${metadata.namespace}/${metadata.name}`,
    ...(metadata.uid === '' ? {} : { owner: { uid: metadata.uid, installation } }),
    dataSources: spec.dataSources,
    ...(clickHouse === undefined ? {} : { clickHouse: clickHouseOf(clickHouse, spec) }),
    ...(http === undefined ? {} : { http: httpOf(http) }),
    kafka: {
      endpoints: spec.endpoints,
      ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
      ...(isEncrypted(spec) ? { tls: tlsOf(spec.tls) } : {}),
      compression: spec.producer.compression,
      maxRequestBytes: spec.producer.maxRequestBytes,
      ...(spec.producer.keyField === '' ? {} : { keyField: spec.producer.keyField }),
      checkpointTopic:
        spec.delivery.checkpointTopic === ''
          ? defaultCheckpointTopic(metadata, installation)
          : spec.delivery.checkpointTopic,
    },
    delivery: {
      guarantee: spec.delivery.guarantee,
      shards: spec.delivery.shards,
      ...(spec.delivery.deadLetterTopic === ''
        ? {}
        : { deadLetterTopic: spec.delivery.deadLetterTopic }),
    },
    topic: topicTemplate(spec),
    queueCount: spec.queueCount,
    queueSize: spec.queueSize,
    batchSize: spec.batchSize,
    flushTimeoutSeconds: spec.flushTimeoutSeconds,
    exportFields: spec.exportFields,
    filter: filterOf(spec),
    recordFormat: spec.recordFormat,
    timeZone: spec.timeZone,
    enumTranslateToNameDisabled: spec.enumTranslateToNameDisabled,
    universalTagTranslateToNameDisabled: spec.universalTagTranslateToNameDisabled,
    keepIds: spec.keepIds,
    exportEmptyTag: spec.exportEmptyTag,
    exportEmptyMetricsDisabled: spec.exportEmptyMetricsDisabled,
    ...(grace === undefined ? {} : { drainSeconds: drainSeconds(grace) }),
  };
}

function clickHouseOf(
  clickHouse: NonNullable<KafkaExporterSpec['source']['clickHouse']>,
  { recordFormat }: KafkaExporterSpec,
): NonNullable<ExporterConfig['clickHouse']> {
  return {
    url: clickHouse.url,
    replicaUrls: clickHouse.replicaUrls,
    authenticated: clickHouse.credentialsSecretRef !== undefined,
    ...(clickHouse.tls === undefined ? {} : { tls: tlsOf(clickHouse.tls) }),
    settleSeconds: clickHouse.settleSeconds,
    latenessSeconds: clickHouse.latenessSeconds,
    startFrom: clickHouse.startFrom,
    organizationId: clickHouse.organizationId,
    maxConcurrentQueries: clickHouse.maxConcurrentQueries,
    maxQueryThreads: clickHouse.maxQueryThreads,
    maxQueryMemoryBytes: clickHouse.maxQueryMemoryBytes,
    queryPriority: clickHouse.queryPriority,
    importedSpans: clickHouse.importedSpans ?? recordFormat === 'Documented',
  };
}

function httpOf(http: HttpSource): NonNullable<ExporterConfig['http']> {
  const { bearerTokenSecretRef, tls } = http;
  return {
    port: http.port,
    maxBodyBytes: http.maxBodyBytes,
    maxLineBytes: http.maxLineBytes,
    maxBufferedBytes: http.maxBufferedBytes,
    timeZone: http.timeZone,
    organizationId: http.organizationId,
    bearerToken: bearerTokenSecretRef !== undefined,
    ...(tls === undefined
      ? {}
      : {
          tls: {
            clientCertificates: (tls.clientCaSecretRef ?? tls.clientCaConfigMapRef) !== undefined,
          },
        }),
  };
}

function filterOf(spec: KafkaExporterSpec): ExporterConfig['filter'] {
  return {
    condition: spec.tagFilterCondition,
    tagFilters: spec.tagFilters.map(tagFilterOf),
    tagFilterGroups: spec.tagFilterGroups.map(({ tagFilterCondition = 'and', tagFilters }) => ({
      condition: tagFilterCondition,
      tagFilters: tagFilters.map(tagFilterOf),
    })),
  };
}

function tagFilterOf({
  fieldName,
  fieldValues,
  operator,
}: KafkaExporterSpec['tagFilters'][number]): ExporterConfig['filter']['tagFilters'][number] {
  return { fieldName, operator: signOf(operator), fieldValues: fieldValues.map(String) };
}

/** The login of the exporter to Kafka; undefined if it does not log in. */
export function activeSasl(
  spec: KafkaExporterSpec,
): NonNullable<KafkaExporterSpec['sasl']> | undefined {
  return spec.sasl?.enabled === true ? spec.sasl : undefined;
}

/** Whether connections to Kafka are encrypted: as SASL says or, without SASL, if `tls` is present. */
export function isEncrypted(spec: KafkaExporterSpec): boolean {
  const sasl = activeSasl(spec);
  return sasl === undefined ? spec.tls !== undefined : sasl.securityProtocol === 'SASL_SSL';
}

function saslOf({ mechanism, oauthBearer }: Sasl): NonNullable<ExporterConfig['kafka']['sasl']> {
  if (oauthBearer === undefined) return { mechanism };
  const { audience, clientAuthentication, extensions, scope, tokenEndpoint } = oauthBearer;
  const sent = Object.keys(extensions).length === 0 ? {} : { extensions };
  if (tokenEndpoint === undefined) {
    const tokenFile = `${TOKEN_DIRECTORY}/${TOKEN_FILE}`;
    return { mechanism, oauthBearer: { tokenFile, ...sent } };
  }
  return {
    mechanism,
    oauthBearer: {
      tokenEndpoint,
      ...(scope === undefined ? {} : { scope }),
      ...(audience === undefined ? {} : { audience }),
      ...(clientAuthentication === 'Basic' ? {} : { clientAuthentication }),
      ...sent,
      privateCa: (oauthBearer.caSecretRef ?? oauthBearer.caConfigMapRef) !== undefined,
    },
  };
}

function tlsOf(tls: KafkaExporterSpec['tls']): ClientTls {
  return {
    privateCa: (tls?.caSecretRef ?? tls?.caConfigMapRef) !== undefined,
    clientCertificate: tls?.clientCertificateSecretRef !== undefined,
    ...(tls?.serverName === undefined ? {} : { serverName: tls.serverName }),
    insecureSkipVerify: tls?.insecureSkipVerify ?? false,
  };
}

/** Fields of the configuration, with the fields of the resource that they come from. */
const SPEC_PATHS: readonly (readonly [string, string])[] = [
  ['kafka.checkpointTopic', 'spec.delivery.checkpointTopic'],
  ['kafka.endpoints', 'spec.endpoints'],
  ['kafka.sasl', 'spec.sasl'],
  ['kafka.tls', 'spec.tls'],
  ['kafka', 'spec.producer'],
  ['clickHouse', 'spec.source.clickHouse'],
  ['http', 'spec.source.http'],
];

function specPath(path: readonly PropertyKey[]): string {
  const text = path.map(String).join('.');
  const known = SPEC_PATHS.find(([prefix]) => text === prefix || text.startsWith(`${prefix}.`));
  return known === undefined ? `spec.${text}` : `${known[1]}${text.slice(known[0].length)}`;
}
