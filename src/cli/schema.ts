import type { Readable, Writable } from 'node:stream';
import { Command } from 'commander';
import { z } from 'zod';
import { DATA_SOURCES } from '../deepflow/data-sources.ts';
import type { ExporterConfig } from '../exporter/contract/exporter-config.ts';
import { NO_NAMES } from '../exporter/encode/values/name-tables.ts';
import { manifestSchema } from '../operator/api/manifest-schema.ts';
import { dataSourceOption, fileOption } from './options/common-options.ts';
import { checkDataSource, readConfig } from './manifests/read-config.ts';
import { parseOptions } from './options/parse-options.ts';
import { UsageError } from './process/usage-error.ts';

const optionsSchema = z.object({
  file: z.string().optional(),
  dataSource: z.enum(DATA_SOURCES).optional(),
  crd: z.boolean().default(false),
});

const EXAMPLES = `
Examples:
  # of the records that a KafkaExporter sends
  deepflow-kafka-exporter schema -f flow-logs.yaml \\
    --data-source flow_log.l7_flow_log
  # of manifests, for an editor: the first line of a manifest is then
  # yaml-language-server: $schema=kafkaexporter_v1alpha1.json
  deepflow-kafka-exporter schema --crd > kafkaexporter_v1alpha1.json
`;

/**
 * `schema`: prints the JSON Schema of the records that a KafkaExporter sends for one of its data sources, or that of
 * manifests. It reads only the manifest, and needs neither ClickHouse nor Kafka nor Kubernetes.
 */
export function schemaCommand(io: {
  readonly stdin: Readable;
  readonly stdout: Writable;
}): Command {
  return new Command('schema')
    .description('print the JSON Schema of records, or of the manifests of KafkaExporters')
    .addOption(fileOption(false))
    .addOption(dataSourceOption('required if the manifest has several'))
    .option('--crd', 'of the manifests of KafkaExporters instead of records')
    .addHelpText('after', EXAMPLES)
    .action(async (raw: unknown) => {
      const { crd, dataSource, file } = parseOptions(optionsSchema, raw);
      if (crd === (file !== undefined)) {
        throw new UsageError('either --file or --crd must be given');
      }
      io.stdout.write(
        file === undefined
          ? `${JSON.stringify(manifestSchema(), undefined, 2)}\n`
          : await schemaText(await readConfig(file, io.stdin), dataSource),
      );
    });
}

async function schemaText(
  config: ExporterConfig,
  asked: z.infer<typeof optionsSchema>['dataSource'],
): Promise<string> {
  checkDataSource(asked, config);
  const [first, ...others] = config.dataSources;
  const dataSource = asked ?? (others.length === 0 ? first : undefined);
  if (dataSource === undefined) {
    throw new UsageError(`--data-source must be given: ${config.dataSources.join(', ')}`);
  }
  const { encoderRequest } = await import('../exporter/records/encoder-request.ts');
  const { recordSchema } = await import('../exporter/records/schema/record-schema.ts');
  const schema = recordSchema(encoderRequest(config, dataSource, () => NO_NAMES));
  const title = `${dataSource} as exported by ${config.resource}`;
  return `${JSON.stringify({ ...schema, title }, undefined, 2)}\n`;
}
