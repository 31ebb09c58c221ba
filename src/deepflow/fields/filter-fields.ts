import { type DataSource, hasBothSides } from '../data-sources.ts';
import type { SelectionRules } from './export-fields.ts';
import { type Field, fieldsOf } from './fields.ts';

/** The name that deepflow-server reads from a struct tag that lacks a quotation mark (l7_flow_log.go). */
const MALFORMED = { name: 'capture_nic_type', read: 'capture_nic_type category:' };

/**
 * The fields that filters on a data source can name, by name. `Documented`: the fields of its
 * records, also by their keys in the records. `Compatible`: the fields of deepflow-server's Go
 * struct, by their JSON names. Metrics with one side and with both sides share one struct, so the
 * struct has fields that the records lack.
 */
export function filterFields(
  dataSource: DataSource,
  rules: SelectionRules,
): ReadonlyMap<string, Field> {
  const fields = fieldsOf(dataSource);
  if (rules === 'Documented') {
    const own = fields.filter((field) => field.isStored || field.form === 'organization');
    return new Map([
      ...own.map((field): [string, Field] => [field.key, field]),
      ...own.map((field): [string, Field] => [field.name, field]),
    ]);
  }
  const foreign = structMates(dataSource).flatMap(fieldsOf);
  return new Map([
    ...foreign.map((field): [string, Field] => [field.name, { ...field, isStored: false }]),
    ...fields.map((field): [string, Field] => [serverName(dataSource, field), field]),
  ]);
}

/**
 * Returns a function that finds the field of a filter. Undefined: deepflow-server ignores the
 * filter. With the rules of `Documented` it throws when there is no such field. `validateFilter`
 * finds such a field before.
 */
export function fieldFinder(
  dataSource: DataSource,
  rules: SelectionRules,
): (filter: { readonly fieldName: string }) => Field | undefined {
  const fields = filterFields(dataSource, rules);
  return ({ fieldName }) => {
    const field = fields.get(fieldName);
    if (field === undefined && rules === 'Documented') {
      throw new Error(`${dataSource} has no field ${fieldName} that a filter could name`);
    }
    return field;
  };
}

/** The data sources that share the Go struct with this data source and have other fields. */
function structMates(dataSource: DataSource): readonly DataSource[] {
  if (dataSource.startsWith('flow_metrics.network')) {
    return [hasBothSides(dataSource) ? 'flow_metrics.network.1m' : 'flow_metrics.network_map.1m'];
  }
  if (dataSource.startsWith('flow_metrics.application')) {
    return [
      hasBothSides(dataSource) ? 'flow_metrics.application.1m' : 'flow_metrics.application_map.1m',
    ];
  }
  return [];
}

function serverName(dataSource: DataSource, { name }: Field): string {
  return dataSource === 'flow_log.l7_flow_log' && name === MALFORMED.name ? MALFORMED.read : name;
}
