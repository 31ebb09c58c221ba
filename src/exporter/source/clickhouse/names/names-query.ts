import { databasePrefix } from '../../../../deepflow/data-sources.ts';
import type { LabelSelection } from '../../../../deepflow/fields/export-fields.ts';
import {
  sqlIdentifier,
  sqlIn,
  sqlMatch,
  sqlOr,
  sqlString,
} from '../../../../deepflow/sql-literal.ts';
import type { NameDictionary } from '../../../../deepflow/names/universal-tags.ts';

/** The database of an organisation's dictionaries. */
export function namesDatabase(organization: number): string {
  return `${databasePrefix(organization)}flow_tag`;
}

/** A dictionary of an organisation, and how many of its entries to read. */
export interface DictionaryRequest {
  readonly organization: number;
  /**
   * How many entries to read. The entries with the highest ids are read, since they are the newest
   * resources.
   */
  readonly entries: number;
}

/**
 * Reads `id`, `type` and `name` of a dictionary of names by id; `type` is the type of a workload,
 * or 0. Integers are returned as UInt64, whatever type the dictionary has.
 */
export function namesQuery(dictionary: NameDictionary, request: DictionaryRequest): string {
  const type = dictionary === 'pod_group_map' ? 'pod_group_type' : '0';
  return select(
    dictionary,
    [integer('id', 'id'), integer(type, 'type'), text('name', 'name')],
    request,
  );
}

/** Reads `id`, `type` and `name` of every device. */
export function devicesQuery(request: DictionaryRequest): string {
  return select(
    'device_map',
    [integer('deviceid', 'id'), integer('devicetype', 'type'), text('name', 'name')],
    request,
  );
}

/**
 * Reads `id`, `name` and `value` of the selected labels of pods. The labels of a pod come together,
 * sorted by name.
 */
export function labelsQuery(labels: LabelSelection, request: DictionaryRequest): string {
  const columns = [integer('id', 'id'), text('key', 'name'), text('value', 'value')];
  return select('pod_k8s_label_map', columns, { ...request, where: labelCondition(labels) });
}

function labelCondition({ all, names, patterns }: LabelSelection): string {
  if (all) return '1';
  return sqlOr([
    sqlIn('key', [...names].map(sqlString)),
    ...patterns.map((pattern) => sqlMatch('key', pattern)),
  ]);
}

function select(
  dictionary: string,
  columns: readonly string[],
  request: DictionaryRequest & { readonly where?: string },
): string {
  const table = `${sqlIdentifier(namesDatabase(request.organization))}.${sqlIdentifier(dictionary)}`;
  const where = request.where === undefined ? '' : ` WHERE ${request.where}`;
  // One more row than the limit shows that there are more entries.
  return `SELECT ${columns.join(', ')} FROM ${table}${where} ORDER BY 1 DESC, 2, 3 LIMIT ${request.entries + 1}`;
}

function integer(expression: string, name: string): string {
  return `toUInt64(${expression}) AS ${name}_`;
}

function text(expression: string, name: string): string {
  return `CAST(${expression} AS String) AS ${name}_`;
}
