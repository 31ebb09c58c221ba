import { readFile } from 'node:fs/promises';
import type { DataSource } from '../deepflow/data-sources.ts';
import type { ExporterConfig } from '../exporter/contract/exporter-config.ts';
import { renderExporterConfig } from '../operator/desired/exporter-config.ts';
import { readManifest } from './read-manifest.ts';

/**
 * The configuration that the operator would render for the KafkaExporter in a file.
 *
 * @throws Error that says what is wrong, each problem with its path.
 */
export async function readConfig(file: string): Promise<ExporterConfig> {
  const rendered = renderExporterConfig(readManifest(await readFile(file, 'utf8')));
  if (rendered.kind === 'rendered') return rendered.config;
  throw new Error(`the KafkaExporter is not valid:\n  ${rendered.problems.join('\n  ')}`);
}

/** @throws Error when a resource does not export the data source that an option names. */
export function checkDataSource(
  dataSource: DataSource | undefined,
  { dataSources }: ExporterConfig,
): void {
  if (dataSource === undefined || dataSources.includes(dataSource)) return;
  throw new Error(`--data-source must be one of spec.dataSources: ${dataSources.join(', ')}`);
}
