import { type ConditionState, setter } from '../../api/status/conditions.ts';
import type { Observation } from '../observe/observation.ts';

/** Number of columns of a data source that a message names. The exporter's log names all. */
const COLUMNS_NAMED = 10;

/**
 * The condition RecordsIncomplete, which exists only while it is true: tables lack columns that records or filters
 * need, because they are of another version of DeepFlow. The resource can still be ready.
 */
export function incompleteCondition({ resource, pods }: Observation): readonly ConditionState[] {
  const missing = new Map<string, Set<string>>();
  const running = pods.filter((pod) => resource.spec.enabled && pod.running);
  for (const { dataSource, columns } of running.flatMap(
    ({ report }) => report?.missingColumns ?? [],
  )) {
    missing.set(dataSource, new Set([...(missing.get(dataSource) ?? []), ...columns]));
  }
  if (missing.size === 0) return [];
  // Pods find their tables in any order, but the message must not change without a reason.
  const lacking = [...missing]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([dataSource, columns]) => `the table of ${dataSource} lacks ${named([...columns])}`)
    .join('; ');
  const message = `${lacking}: records do not have these fields (with recordFormat Compatible they are 0 or empty), and filters regard them as empty; the exporter checks the tables again every minute`;
  return [setter('RecordsIncomplete')('True', 'ColumnsMissing', message)];
}

function named(columns: readonly string[]): string {
  const first = columns.slice(0, COLUMNS_NAMED).join(', ');
  const more = columns.length - COLUMNS_NAMED;
  return more > 0 ? `${first} and ${more} more columns` : first;
}
