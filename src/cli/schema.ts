import type { Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { DATA_SOURCES } from '../deepflow/data-sources.ts';
import type { ExporterConfig } from '../exporter/contract/exporter-config.ts';
import { NO_NAMES } from '../exporter/encode/values/name-tables.ts';
import { checkDataSource, readConfig } from './read-config.ts';

const optionsSchema = z.object({ file: z.string(), dataSource: z.enum(DATA_SOURCES).optional() });

/**
 * `schema`: prints the JSON Schema of the records that a KafkaExporter sends for one of its data sources. It
 * reads only the manifest, and needs neither ClickHouse nor Kafka nor Kubernetes.
 */
export function schemaCommand(io: { readonly stdout: Writable }): Command {
  return new Command('schema')
    .description('print the JSON Schema of the records that a KafkaExporter would send')
    .requiredOption('-f, --file <file>', 'manifest of a KafkaExporter, YAML')
    .addOption(
      new Option(
        '--data-source <name>',
        'data source of the manifest (required if the manifest has several)',
      ).choices(DATA_SOURCES),
    )
    .action(async (raw: unknown) => {
      const options = optionsSchema.parse(raw);
      io.stdout.write(await schemaText(await readConfig(options.file), options.dataSource));
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
    throw new Error(`--data-source must be given: ${config.dataSources.join(', ')}`);
  }
  const { encoderRequest } = await import('../exporter/records/encoder-request.ts');
  const { recordSchema } = await import('../exporter/records/schema/record-schema.ts');
  const schema = recordSchema(encoderRequest(config, dataSource, () => NO_NAMES));
  const title = `${dataSource} as exported by ${config.resource}`;
  return `${JSON.stringify({ ...schema, title }, undefined, 2)}\n`;
}
