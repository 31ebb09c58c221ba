import type { Readable } from 'node:stream';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { ExporterConfig } from '../../exporter/contract/exporter-config.ts';
import { renderExporterConfig } from '../../operator/desired/exporter-config.ts';
import { UsageError } from '../process/usage-error.ts';
import { manifestText } from './manifest-files.ts';
import { readManifest } from './read-manifest.ts';

/**
 * The configuration that the operator would render for the KafkaExporter in a file, or in standard input for `-`.
 *
 * @throws Error that says what is wrong, each problem with its path.
 */
export async function readConfig(file: string, stdin: Readable): Promise<ExporterConfig> {
  const rendered = renderExporterConfig(readManifest(await manifestText(file, stdin)));
  if (rendered.kind === 'rendered') return rendered.config;
  throw new Error(`the KafkaExporter is not valid:\n  ${rendered.problems.join('\n  ')}`);
}

/** @throws UsageError when a resource does not export the data source that an option names. */
export function checkDataSource(
  dataSource: DataSource | undefined,
  { dataSources }: ExporterConfig,
): void {
  if (dataSource === undefined || dataSources.includes(dataSource)) return;
  throw new UsageError(`--data-source must be one of spec.dataSources: ${dataSources.join(', ')}`);
}
