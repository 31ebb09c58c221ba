import { databasePrefix } from '../data-sources.ts';
import type { SelectionRules } from '../fields/export-fields.ts';
import type { Field } from '../fields/fields.ts';
import { sqlIdentifier, sqlString } from '../sql-literal.ts';

/**
 * A field's value in SQL, before any translation to names:
 * - `number`: an integer. `text` is its text for patterns
 * - `text`: text; `texts`: an array of texts
 * - `floats`: an array of numbers
 * - `ipv6`: an address
 */
export type FilterValue =
  | { readonly kind: 'number'; readonly sql: string; readonly text: string }
  | { readonly kind: 'text' | 'texts' | 'floats' | 'ipv6'; readonly sql: string };

/** The context on which the value of a field depends. */
export interface FilterContext {
  readonly rules: SelectionRules;
  /** The number of the organisation whose tables are read. */
  readonly organizationId: number;
  /**
   * Columns that the table lacks, for example the table of an older server. Their values count as 0
   * or empty.
   */
  readonly missingColumns?: ReadonlySet<string>;
}

/**
 * Fields that deepflow-server truncates to 32 bits when it reads them (server/libs/utils,
 * `*int64`).
 */
export const CUT_BY_SERVER: ReadonlySet<string> = new Set(['request_length', 'response_length']);
const MAC_BITS = '281474976710655';

/** The SQL with which ClickHouse reads the value of a field. */
export function filterValue(field: Field, context: FilterContext): FilterValue {
  const isPresent = field.isStored && context.missingColumns?.has(field.column) !== true;
  const column = sqlIdentifier(field.column);
  if (!isPresent && field.form !== 'organization') return absentValue(field);
  const isCompatible = context.rules === 'Compatible';
  switch (field.form) {
    case 'uint':
    case 'int':
      return isCompatible && CUT_BY_SERVER.has(field.name)
        ? number(`toInt32(${column})`)
        : number(column);
    case 'truncated':
      return number(`toUInt64(${column})`);
    case 'unsigned32':
      return number(`toUInt32(${column})`);
    case 'seconds':
      return number(`toUnixTimestamp(${column})`);
    case 'micros':
      return number(`toUnixTimestamp64Micro(${column})`);
    case 'ipv4':
      return number(`toUInt32(${column})`, `toString(${column})`);
    case 'mac': {
      const bits = isCompatible ? column : `bitAnd(${column}, ${MAC_BITS})`;
      return number(bits, `lower(MACNumToString(${bits}))`);
    }
    case 'workload_type': {
      const dictionary = `${databasePrefix(context.organizationId)}flow_tag.pod_group_map`;
      return number(`dictGet(${sqlString(dictionary)}, 'pod_group_type', toUInt64(${column}))`);
    }
    case 'organization':
      return number(`toUInt64(${context.organizationId})`);
    case 'string':
      return { kind: 'text', sql: column };
    case 'strings':
      return { kind: 'texts', sql: column };
    case 'floats':
    case 'ipv6':
      return { kind: field.form, sql: column };
  }
}

/** The zero value of a field's form: the value in Go and in ClickHouse when nothing was written. */
function absentValue({ form }: Field): FilterValue {
  switch (form) {
    case 'string':
      return { kind: 'text', sql: "''" };
    case 'strings':
      return { kind: 'texts', sql: 'emptyArrayString()' };
    case 'floats':
      return { kind: 'floats', sql: 'emptyArrayFloat64()' };
    case 'ipv6':
      return { kind: 'ipv6', sql: "toIPv6('::')" };
    case 'ipv4':
      return number('toUInt32(0)', "'0.0.0.0'");
    case 'mac':
      return number('toUInt64(0)', "'00:00:00:00:00:00'");
    case 'uint':
    case 'int':
    case 'truncated':
    case 'unsigned32':
    case 'seconds':
    case 'micros':
    case 'workload_type':
    case 'organization':
      return number('toUInt64(0)');
  }
}

function number(sql: string, text = `toString(${sql})`): FilterValue {
  return { kind: 'number', sql, text };
}
