import type { DataSource } from './data-sources.ts';
import type { Field } from './field.ts';
import { L4_FLOW_LOG } from './fields-l4-flow-log.ts';
import { L7_FLOW_LOG } from './fields-l7-flow-log.ts';

const FIELDS: Readonly<Record<DataSource, readonly Field[]>> = {
  'flow_log.l4_flow_log': L4_FLOW_LOG,
  'flow_log.l7_flow_log': L7_FLOW_LOG,
};

/** All fields of a data source's records, in the order in which they are written. */
export function fieldsOf(dataSource: DataSource): readonly Field[] {
  return FIELDS[dataSource];
}
