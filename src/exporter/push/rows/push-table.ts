import { compilePredicate } from '../../../deepflow/filters/predicate/compile-predicate.ts';
import type { DataSource } from '../../../deepflow/data-sources.ts';
import type { RowValue } from '../../../deepflow/filters/predicate/row-value.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { PushConfig } from '../../contract/exporter-config.ts';
import { NO_NAMES } from '../../encode/values/name-tables.ts';
import { type PreparedTable, prepareTable } from '../../records/prepare-table.ts';
import { filteredColumns } from '../../records/missing-columns.ts';
import { type ColumnType, columnTypes } from './column-type.ts';
import { timeReader } from './parse-time.ts';

/** How lines of a data source become records. */
export interface PushTable {
  readonly dataSource: DataSource;
  /** The columns that are read from a line: the columns of records and filters, and `time`. */
  readonly columns: readonly ColumnType[];
  /** The names of all columns that the table of the data source has. */
  readonly known: ReadonlySet<string>;
  /** Whether a row of these columns passes the filters. */
  readonly passes: (row: readonly RowValue[]) => boolean;
  /** Lends an encoder to `use`, exclusively. */
  readonly withEncoder: PreparedTable['withEncoder'];
}

/** Compiles how lines of a data source are read, filtered and written. */
export function pushTable(
  deps: { readonly logger: Logger },
  config: PushConfig,
  dataSource: DataSource,
): PushTable {
  const types = columnTypes(dataSource, timeReader(config.http.timeZone));
  const prepared = prepareTable(
    { ...deps, names: { tables: () => NO_NAMES }, onMissingColumns: () => undefined },
    config,
    { dataSource, available: new Map([...types.keys()].map((name) => [name, 'pushed'])) },
  );
  const names = new Set([...prepared.columns, ...filteredColumns(config, dataSource)]);
  const columns = [...types.values()].filter(({ name }) => names.has(name));
  const places = new Map(columns.map(({ name }, i) => [name, i]));
  const predicate = compilePredicate(config.filter, dataSource, {
    rules: config.recordFormat,
    organizationId: config.http.organizationId,
  });
  return {
    dataSource,
    columns,
    known: new Set(types.keys()),
    passes: (row) => predicate?.((column) => row[places.get(column) ?? -1]) ?? true,
    withEncoder: (use) => prepared.withEncoder(use),
  };
}
