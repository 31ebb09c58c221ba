import { compileFilter } from '../deepflow/compile-filter.ts';
import type { DataSource } from '../deepflow/data-sources.ts';
import { fieldsOf } from '../deepflow/fields.ts';
import { filterFields } from '../deepflow/filter-fields.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { ExporterConfig } from './contract/exporter-config.ts';
import { Batcher } from './delivery/batcher.ts';
import type { Lanes } from './delivery/lanes.ts';
import type { Progress } from './delivery/progress.ts';
import { compileEncoder, type EncoderRequest } from './encode/compile-encoder.ts';
import type { NameTables } from './encode/name-tables.ts';
import type { Prepared } from './source/export-data-source.ts';

/** What preparing needs. */
export interface PrepareDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lanes: Lanes;
  readonly names: { tables(): NameTables };
  readonly progress: Progress;
  readonly onProgress: () => void;
  /** Called with the columns that records or filters want and the table lacks, if only with none. */
  readonly onMissingColumns: (columns: readonly string[]) => void;
}

/** A table as it was found. */
export interface FoundTable {
  readonly dataSource: DataSource;
  /** Types of its columns by name. */
  readonly available: ReadonlyMap<string, string>;
}

/**
 * Compiles what is read of a data source and how its records are written, for the columns that its table has.
 * Fields whose columns are missing are left out, filters take them as empty, and both are told once.
 */
export function prepareSource(
  deps: PrepareDeps,
  config: ExporterConfig,
  table: FoundTable,
): Prepared {
  const { clock, lanes, progress, onProgress } = deps;
  const { dataSource } = table;
  const request = encoderRequest(config, dataSource, () => deps.names.tables());
  const missing = missingWanted(config, table, compileEncoder(request).columns);
  if (missing.length > 0) {
    deps.logger.warn({ dataSource, missing }, 'the table lacks columns; their fields are left out');
  }
  deps.onMissingColumns(missing);
  const encoder = compileEncoder({ ...request, available: new Set(table.available.keys()) });
  const { where } = compileFilter(config.filter, dataSource, {
    rules: config.recordFormat,
    organizationId: config.clickHouse.organizationId,
    missingColumns: missingColumnsOf(dataSource, table.available),
  });
  const batcher = new Batcher(
    {
      clock,
      progress,
      submit: (batch, onDelivered) => lanes.submit(batch, onDelivered),
      onDelivered: onProgress,
    },
    {
      dataSource,
      encoder,
      limits: { records: config.batchSize, bytes: config.kafka.maxRequestBytes },
      format: config.kafka.compression === 'lz4' ? 'lz4' : 'plain',
      flushTimeoutMs: config.flushTimeoutSeconds * 1000,
    },
  );
  return { columns: encoder.columns, where, batcher };
}

/** Columns that the table lacks of those that records or filters want. */
function missingWanted(
  { filter, recordFormat }: ExporterConfig,
  { dataSource, available }: FoundTable,
  written: readonly string[],
): readonly string[] {
  const fields = filterFields(dataSource, recordFormat);
  const filtered = [filter, ...filter.tagFilterGroups]
    .flatMap(({ tagFilters }) => tagFilters.map(({ fieldName }) => fields.get(fieldName)))
    .flatMap((field) => (field?.isStored === true ? [field.column] : []));
  return [...new Set([...written, ...filtered])].filter((name) => !available.has(name));
}

/** Columns that a table lacks, whether they are exported or not: a filter may name any. */
export function missingColumnsOf(
  dataSource: DataSource,
  available: { has(column: string): boolean },
): ReadonlySet<string> {
  const columns = fieldsOf(dataSource).filter(({ isStored }) => isStored);
  return new Set(columns.map(({ column }) => column).filter((name) => !available.has(name)));
}

/** What a configuration asks of the encoder of a data source. */
export function encoderRequest(
  config: ExporterConfig,
  dataSource: DataSource,
  tables: () => NameTables,
): EncoderRequest {
  return {
    dataSource,
    exportFields: config.exportFields,
    recordFormat: config.recordFormat,
    keepsEmpty: { tags: config.exportEmptyTag, metrics: !config.exportEmptyMetricsDisabled },
    translates: {
      enums: !config.enumTranslateToNameDisabled,
      resources: !config.universalTagTranslateToNameDisabled,
    },
    keepsIds: config.keepIds,
    organization: config.clickHouse.organizationId,
    timeZone: config.timeZone,
    tables,
  };
}
