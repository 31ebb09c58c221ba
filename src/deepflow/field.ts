/**
 * How a column's value becomes a JSON value:
 * - `uint`, `int`: an integer, exact up to 64 bits
 * - `truncated`: an unsigned integer in DeepFlow's memory that ClickHouse stores as Float64
 * - `unsigned32`: an unsigned integer that ClickHouse stores as Int32
 * - `seconds`, `micros`: a ClickHouse time as integer seconds or microseconds since the Unix epoch
 * - `ipv4`, `ipv6`, `mac`: an address as text; an all-zero IPv6 address counts as empty
 * - `string`: text; `strings`: an array of text; `floats`: an array of numbers
 * - `organization`: the number of the organisation, which DeepFlow keeps in the database's name
 */
export type Form =
  | 'uint'
  | 'int'
  | 'truncated'
  | 'unsigned32'
  | 'seconds'
  | 'micros'
  | 'ipv4'
  | 'ipv6'
  | 'mac'
  | 'string'
  | 'strings'
  | 'floats'
  | 'organization';

/** One field of a record: a JSON key and the column it is read from. */
export interface Field {
  readonly key: string;
  /** Decides when the field counts as empty: a tag as `""` or `[]`, a metric also as `0`. */
  readonly category: 'tag' | 'metric';
  readonly form: Form;
  /** ClickHouse column. */
  readonly column: string;
}

/** A tag, read from the column of its own name unless another is given. */
export function tag(key: string, form: Form, column: string = key): Field {
  return { key, category: 'tag', form, column };
}

/** A metric, read from the column of its own name unless another is given. */
export function metric(key: string, form: Form, column: string = key): Field {
  return { key, category: 'metric', form, column };
}
