import { compileFilter } from '../../deepflow/filters/sql/compile-filter.ts';
import type { DataSource } from '../../deepflow/data-sources.ts';
import { fieldsOf } from '../../deepflow/fields/fields.ts';
import { filterFields } from '../../deepflow/fields/filter-fields.ts';
import type { Logger } from '../../lib/logger.ts';
import { type ExporterConfig, isReading, organizationOf } from '../contract/exporter-config.ts';
import {
  compileEncoder,
  type EncoderRequest,
  type RecordEncoder,
} from '../encode/compile-encoder.ts';
import type { NameTables } from '../encode/values/name-tables.ts';
import type { HashedColumns } from '../source/row-hash.ts';
import { TIME_COLUMN } from '../source/source.ts';

/** What preparing needs. */
export interface PrepareDeps {
  readonly logger: Logger;
  readonly names: { tables(): NameTables };
  /** Called with the columns that records or filters want and the table lacks, if only with none. */
  readonly onMissingColumns: (dataSource: DataSource, columns: readonly string[]) => void;
}

/** A table as it was found. */
export interface FoundTable {
  readonly dataSource: DataSource;
  /** Types of its columns by name. */
  readonly available: ReadonlyMap<string, string>;
}

/** What is read of a table, and how its records are written. */
export interface PreparedTable {
  /** Columns to read: those of the records, and the second. */
  readonly columns: readonly string[];
  /** Columns whose content tells rows apart. */
  readonly hashed: HashedColumns;
  /** A condition on the rows; absent: all rows. */
  readonly where: string | undefined;
  /** Lends an encoder to `use`: each is used by one reading at a time, and kept for the next. */
  withEncoder<T>(use: (encoder: RecordEncoder) => Promise<T>): Promise<T>;
}

/**
 * Compiles what is read of a data source and how its records are written, for the columns that its table has.
 * Fields whose columns are missing are left out, filters take them as empty, and both are told once.
 */
export function prepareTable(
  deps: PrepareDeps,
  config: ExporterConfig,
  table: FoundTable,
): PreparedTable {
  const { dataSource, available } = table;
  const request = encoderRequest(config, dataSource, () => deps.names.tables());
  const missing = missingWanted(config, table, compileEncoder(request).columns);
  if (missing.length > 0) {
    deps.logger.warn({ dataSource, missing }, 'the table lacks columns; their fields are left out');
  }
  deps.onMissingColumns(dataSource, missing);
  const { where } = compileFilter(config.filter, dataSource, {
    rules: config.recordFormat,
    organizationId: organizationOf(config),
    missingColumns: missingColumnsOf(dataSource, available),
  });
  const makeEncoder = (): RecordEncoder =>
    compileEncoder({ ...request, available: new Set(available.keys()) });
  const idle = [makeEncoder()];
  const columns = [...new Set([...(idle[0]?.columns ?? []), TIME_COLUMN])];
  return {
    columns,
    hashed: hashedOf(dataSource, available),
    where,
    withEncoder: async (use) => {
      const encoder = idle.pop() ?? makeEncoder();
      try {
        return await use(encoder);
      } finally {
        idle.push(encoder);
      }
    },
  };
}

/** All columns of the catalog that the table has, whatever is exported of them: a changed selection is no new row. */
function hashedOf(dataSource: DataSource, available: FoundTable['available']): HashedColumns {
  const stored = fieldsOf(dataSource).filter(({ isStored }) => isStored);
  const names = [...new Set([TIME_COLUMN, ...stored.map(({ column }) => column)])].toSorted();
  return new Map(
    names.flatMap((name) => {
      const type = available.get(name);
      return type === undefined ? [] : [[name, type] as const];
    }),
  );
}

/** Columns that the table lacks of those that records or filters want. */
function missingWanted(
  config: ExporterConfig,
  { dataSource, available }: FoundTable,
  written: readonly string[],
): readonly string[] {
  const wanted = [...written, ...filteredColumns(config, dataSource)];
  return [...new Set(wanted)].filter((name) => !available.has(name));
}

/** Columns whose values decide which rows pass. */
export function filteredColumns(
  { filter, recordFormat }: ExporterConfig,
  dataSource: DataSource,
): readonly string[] {
  const fields = filterFields(dataSource, recordFormat);
  return [filter, ...filter.tagFilterGroups]
    .flatMap(({ tagFilters }) => tagFilters.map(({ fieldName }) => fields.get(fieldName)))
    .flatMap((field) => (field?.isStored === true ? [field.column] : []));
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
    knowsWorkloads: isReading(config),
    organization: organizationOf(config),
    timeZone: config.timeZone,
    keyField: config.kafka.keyField,
    tables,
  };
}
