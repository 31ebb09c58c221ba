import { z } from 'zod';
import { RECORD_FORMATS } from '../../exporter/contract/exporter-config.ts';
import { KAFKA_EXPORTER_API } from '../../operator/api/kafka-exporter.ts';
import { checkManifest } from '../manifests/check-manifest.ts';
import { installation } from '../options/operator-options.ts';
import { UsageError } from '../process/usage-error.ts';
import type { SecretStore } from './write/secret-manifests.ts';

/** The Service of ClickHouse in DeepFlow's chart, in the namespace that DeepFlow's page installs it in. */
export const CLICKHOUSE_URL = 'http://deepflow-clickhouse.deepflow:8123';

const STORE =
  /^(?:(?<kind>ClusterSecretStore|SecretStore)\/)?(?<name>[a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/;
const STORE_MESSAGE = 'must be the name of a ClusterSecretStore, or SecretStore/NAME';

const store = z.string().transform((text, context): SecretStore => {
  const { kind, name = '' } = STORE.exec(text)?.groups ?? {};
  if (name === '') {
    context.addIssue({ code: 'custom', message: STORE_MESSAGE });
    return z.NEVER;
  }
  return { kind: kind === 'SecretStore' ? kind : 'ClusterSecretStore', name };
});

/** The options of `convert`. */
export const convertOptions = z.object({
  namespace: z.string(),
  clickhouse: z.string().default(CLICKHOUSE_URL),
  clickhouseSecret: z.string().optional(),
  name: z.string().optional(),
  topic: z.string().optional(),
  startFrom: z.string().optional(),
  recordFormat: z.enum(RECORD_FORMATS),
  installation: installation.default(''),
  externalSecret: store.optional(),
  withPasswords: z.boolean().default(false),
  outputDirectory: z.string().min(1).optional(),
  report: z.string().min(1).optional(),
});

/** See {@link convertOptions}. */
export type ConvertCommandOptions = z.infer<typeof convertOptions>;

/** The options that fields of a KafkaExporter come from. */
const FLAGS: Readonly<Record<string, string>> = {
  'metadata.name': '--name',
  'metadata.namespace': '--namespace',
  'spec.topic': '--topic',
  'spec.source.clickHouse.url': '--clickhouse',
  'spec.source.clickHouse.startFrom': '--start-from',
  'spec.source.clickHouse.credentialsSecretRef.name': '--clickhouse-secret',
};

/**
 * Checks what becomes a part of every KafkaExporter, before any file is read.
 *
 * @throws UsageError that names each wrong option.
 */
export function checkFixedFields(options: ConvertCommandOptions): void {
  const {
    clickhouse,
    clickhouseSecret,
    name = 'name',
    namespace,
    startFrom = 'Now',
    topic = '',
  } = options;
  const checked = checkManifest({
    apiVersion: `${KAFKA_EXPORTER_API.group}/${KAFKA_EXPORTER_API.version}`,
    kind: KAFKA_EXPORTER_API.kind,
    metadata: { name, namespace },
    spec: {
      dataSources: ['flow_log.l7_flow_log'],
      endpoints: ['broker:9092'],
      topic,
      source: {
        clickHouse: {
          url: clickhouse,
          startFrom,
          ...(clickhouseSecret === undefined
            ? {}
            : { credentialsSecretRef: { name: clickhouseSecret } }),
        },
      },
    },
  });
  if (checked.kind === 'valid') return;
  const problems = checked.problems.map(({ message, path }) => {
    const field = z.core.toDotPath(path);
    return `${FLAGS[field] ?? field}: ${message}`;
  });
  throw new UsageError(problems.join('\n'));
}

/** @throws UsageError for options that exclude each other, or that would show a password. */
export function checkSecretOptions(
  { externalSecret, outputDirectory, withPasswords }: ConvertCommandOptions,
  isTerminal: boolean,
): void {
  if (withPasswords && externalSecret !== undefined) {
    throw new UsageError('--with-passwords and --external-secret exclude each other');
  }
  if (withPasswords && outputDirectory === undefined && isTerminal) {
    throw new UsageError(
      '--with-passwords: passwords are not printed on a terminal: use --output-directory, or a pipe to kubectl apply',
    );
  }
}
