import { type DataSource, hasBothSides, isFileEvent } from '../data-sources.ts';
import type { FieldRow } from './field-row.ts';
import { APPLICATION_METRICS } from './fields-application-metrics.ts';
import { EVENT } from './fields-event.ts';
import { L4_FLOW_LOG } from './fields-l4-flow-log.ts';
import { L7_FLOW_LOG } from './fields-l7-flow-log.ts';
import { NETWORK_METRICS } from './fields-network-metrics.ts';

/** A field of the records of a data source. */
export interface Field extends Omit<FieldRow, 'column' | 'side0' | 'only'> {
  /** DeepFlow's name for the field. Filters use this name. */
  readonly name: string;
  /**
   * The key in the record when the value is not translated: the name, with `_0` if the record has
   * both sides.
   */
  readonly key: string;
  /** The ClickHouse column. */
  readonly column: string;
  /** False: the records have the field, but the table has no column for it. */
  readonly isStored: boolean;
}

/** All fields of a data source's records, in the order in which they are written. */
export function fieldsOf(dataSource: DataSource): readonly Field[] {
  return rowsOf(dataSource).flatMap((row) => {
    const { side0, only, column, ...rest } = row;
    if (only === 'map' && !hasBothSides(dataSource)) return [];
    if (only === 'plain' && hasBothSides(dataSource)) return [];
    const key = side0 === true && hasBothSides(dataSource) ? `${row.name}_0` : row.name;
    const isStored = row.form !== 'organization' && (only !== 'files' || isFileEvent(dataSource));
    return [{ ...rest, key, column: column ?? key, isStored }];
  });
}

function rowsOf(dataSource: DataSource): readonly FieldRow[] {
  if (dataSource === 'flow_log.l4_flow_log') return L4_FLOW_LOG;
  if (dataSource === 'flow_log.l7_flow_log') return L7_FLOW_LOG;
  if (dataSource.startsWith('flow_metrics.network')) return NETWORK_METRICS;
  if (dataSource.startsWith('flow_metrics.application')) return APPLICATION_METRICS;
  return EVENT;
}
