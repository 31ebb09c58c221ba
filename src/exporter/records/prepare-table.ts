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
  /**
   * Called with the columns that records or filters need and the table lacks. The list may be
   * empty.
   */
  readonly onMissingColumns: (dataSource: DataSource, columns: readonly string[]) => void;
}

/** What is read of a table, and how its records are written. */
export interface PreparedTable {
  /** The columns to read: the columns of the records, and `time`. */
  readonly columns: readonly string[];
  /** The columns whose content identifies a row. */
  readonly hashed: HashedColumns;
  /** A condition on the rows. Undefined: all rows. */
  readonly where: string | undefined;
  /**
   * Lends an encoder to `use`. One reading at a time uses an encoder, which is then kept for the
   * next reading.
   */
  withEncoder<T>(use: (encoder: RecordEncoder) => Promise<T>): Promise<T>;
}

/**
 * Compiles what is read of a data source and how its records are written, for the columns that its
 * table has. Fields whose columns are missing are left out, and filters treat them as empty. The
 * missing columns are logged and reported.
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

/**
 * All columns of the catalog that the table has, whether they are exported or not. So a changed
 * `exportFields` does not make a row new.
 */
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
