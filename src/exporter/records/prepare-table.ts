import { compileFilter } from '../../deepflow/filters/sql/compile-filter.ts';
import type { DataSource } from '../../deepflow/data-sources.ts';
import { fieldsOf } from '../../deepflow/fields/fields.ts';
import type { Logger } from '../../lib/logger.ts';
import { type ExporterConfig, organizationOf } from '../contract/exporter-config.ts';
import { compileEncoder, type RecordEncoder } from '../encode/compile-encoder.ts';
import type { NameTables } from '../encode/values/name-tables.ts';
import type { HashedColumns } from '../source/row-hash.ts';
import { TIME_COLUMN } from '../source/source.ts';
import { encoderRequest } from './encoder-request.ts';
import { type FoundTable, missingColumnsOf, missingWanted } from './missing-columns.ts';

/** What preparing needs. */
export interface PrepareDeps {
  readonly logger: Logger;
  readonly names: { tables(): NameTables };
  /** Called with the columns that records or filters want and the table lacks, if only with none. */
  readonly onMissingColumns: (dataSource: DataSource, columns: readonly string[]) => void;
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
