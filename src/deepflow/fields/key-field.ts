import type { DataSource } from '../data-sources.ts';
import { nearestOf } from '../../lib/nearest.ts';
import type { Field } from './fields.ts';
import { filterFields } from './filter-fields.ts';

/** The forms of fields that have no stored value, or more than one value. */
const NO_KEYS: ReadonlySet<Field['form']> = new Set([
  'strings',
  'floats',
  'workload_type',
  'organization',
]);

/**
 * The fields whose values can be the keys of a data source's records, by name and by their keys in
 * records.
 */
function keyFields(dataSource: DataSource): ReadonlyMap<string, Field> {
  const fields = filterFields(dataSource, 'Documented');
  return new Map([...fields].filter(([, { form }]) => !NO_KEYS.has(form)));
}

/**
 * The field with this name whose values are the keys of a data source's records. Undefined: there
 * is no such field.
 */
export function keyFieldOf(dataSource: DataSource, name: string): Field | undefined {
  return keyFields(dataSource).get(name);
}

/**
 * What is wrong with a field for the keys, as a message that begins with "must". Undefined:
 * nothing.
 */
export function keyFieldProblem(
  name: string,
  dataSources: readonly DataSource[],
): string | undefined {
  const known = dataSources.map((dataSource) => ({ dataSource, fields: keyFields(dataSource) }));
  const without = known.filter(({ fields }) => !fields.has(name));
  if (without.length === 0) return undefined;
  const isList = dataSources.some((dataSource) => filterFields(dataSource, 'Documented').has(name));
  if (without.length === known.length && isList) {
    return `must be a field with one stored value, but "${name}" has a list of values or no stored value; name another field`;
  }
  const sources = without.map(({ dataSource }) => dataSource).join(', ');
  if (without.length < known.length) {
    return `must be a field of every data source, but ${sources} has no "${name}"; name a field that all data sources have, or export ${sources} with a separate KafkaExporter`;
  }
  const nearest = nearestOf(
    name,
    known.flatMap(({ fields }) => [...fields.keys()]),
  );
  return `must be a field of the data sources, but is "${name}"; the nearest is "${nearest}"`;
}
