import type { DataSource } from '../../deepflow/data-sources.ts';
import { fieldsOf } from '../../deepflow/fields/fields.ts';
import { filterFields } from '../../deepflow/fields/filter-fields.ts';
import type { ExporterConfig } from '../contract/exporter-config.ts';

/** A table as it was found. */
export interface FoundTable {
  readonly dataSource: DataSource;
  /** Types of its columns by name. */
  readonly available: ReadonlyMap<string, string>;
}

/** Columns that records or filters need and the table lacks. */
export function missingWanted(
  config: ExporterConfig,
  { dataSource, available }: FoundTable,
  written: readonly string[],
): readonly string[] {
  const wanted = [...written, ...filteredColumns(config, dataSource)];
  return [...new Set(wanted)].filter((name) => !available.has(name));
}

/** Columns that filters use. */
export function filteredColumns(
  { filter, recordFormat }: ExporterConfig,
  dataSource: DataSource,
): readonly string[] {
  const fields = filterFields(dataSource, recordFormat);
  return [filter, ...filter.tagFilterGroups]
    .flatMap(({ tagFilters }) => tagFilters.map(({ fieldName }) => fields.get(fieldName)))
    .flatMap((field) => (field?.isStored === true ? [field.column] : []));
}

/** Columns that a table lacks, whether they are exported or not. A filter may name any column. */
export function missingColumnsOf(
  dataSource: DataSource,
  available: { has(column: string): boolean },
): ReadonlySet<string> {
  const columns = fieldsOf(dataSource).filter(({ isStored }) => isStored);
  return new Set(columns.map(({ column }) => column).filter((name) => !available.has(name)));
}
