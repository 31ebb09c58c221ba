import type { EnumName } from '../names/enums.ts';

/**
 * How a column's value becomes a JSON value when it is not translated:
 * - `uint`, `int`: an integer, exact up to 64 bits
 * - `truncated`: an unsigned integer in DeepFlow's memory that ClickHouse stores as Float64
 * - `unsigned32`: an unsigned integer that ClickHouse stores as Int32
 * - `seconds`, `micros`: a ClickHouse time as integer seconds or microseconds since the Unix epoch
 * - `ipv4`, `ipv6`, `mac`: an address as text. An all-zero IPv6 address counts as empty
 * - `string`: text; `strings`: an array of text; `floats`: an array of numbers
 * - `workload_type`: the type of the Kubernetes workload whose id the column holds. DeepFlow does
 *   not store the type
 * - `organization`: the number of the organisation, which is in the name of the database
 */
type Form =
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
  | 'workload_type'
  | 'organization';

/** The integers by the width of their columns in DeepFlow 7.1. */
const INTEGERS = {
  uint8: { form: 'uint', bits: 8 },
  uint16: { form: 'uint', bits: 16 },
  uint32: { form: 'uint', bits: 32 },
  uint64: { form: 'uint', bits: 64 },
  int32: { form: 'int', bits: 32 },
  int64: { form: 'int', bits: 64 },
} as const;

type IntegerName = keyof typeof INTEGERS;

/** The form in a row of the catalog, with the width of an integer. */
type RowForm = Exclude<Form, 'uint' | 'int'> | IntegerName;

/** DeepFlow's sub-categories of tags (server/ingester/exporters/config, and `business_info` of the structs). */
export const TAG_SUBCATEGORIES = [
  'flow_info',
  'universal_tag',
  'native_tag',
  'network_layer',
  'tunnel_info',
  'transport_layer',
  'application_layer',
  'service_info',
  'tracing_info',
  'capture_info',
  'event_info',
  'data_link_layer',
  'business_info',
] as const;

/** DeepFlow's sub-categories of metrics. */
export const METRIC_SUBCATEGORIES = [
  'l3_throughput',
  'l4_throughput',
  'tcp_slow',
  'tcp_error',
  'application',
  'throughput',
  'error',
  'delay',
] as const;

/** A sub-category of tags. */
export type TagSubcategory = (typeof TAG_SUBCATEGORIES)[number];
/** A sub-category of metrics. */
export type MetricSubcategory = (typeof METRIC_SUBCATEGORIES)[number];

/** The special properties of a field. */
export interface FieldOptions {
  /** The ClickHouse column. Absent: the column has the name of the field. */
  readonly column?: string;
  /** The enum of the codes, if the codes have names. */
  readonly enum?: EnumName;
  /** The column may hold NULL. */
  readonly nullable?: true;
  /**
   * The field exists only in records with both sides (`map`), in records with one side (`plain`),
   * or in events about files.
   */
  readonly only?: 'map' | 'plain' | 'files';
  /**
   * The field is about the client side: in records with both sides, its name and column end with
   * `_0`.
   */
  readonly side0?: true;
}

/** A row of the catalog: one field of one or more kinds of records. */
export interface FieldRow extends FieldOptions {
  readonly name: string;
  /** Decides which values count as empty: `""` or `[]` for a tag, also `0` for a metric. */
  readonly category: 'tag' | 'metric';
  /** Absent: the field belongs to every sub-category of its category. */
  readonly subcategory: TagSubcategory | MetricSubcategory | undefined;
  readonly form: Form;
  /** The width of the column's integers. Undefined for every form except `uint` and `int`. */
  readonly bits: 8 | 16 | 32 | 64 | undefined;
}

/** Makes a row for a tag. */
export function tag(
  subcategory: TagSubcategory | undefined,
  name: string,
  form: RowForm,
  options: FieldOptions = {},
): FieldRow {
  return { name, category: 'tag', subcategory, ...sizeOf(form), ...options };
}

/** Makes a row for a metric. */
export function metric(
  subcategory: MetricSubcategory | undefined,
  name: string,
  form: RowForm,
  options: FieldOptions = {},
): FieldRow {
  return { name, category: 'metric', subcategory, ...sizeOf(form), ...options };
}

function sizeOf(form: RowForm): Pick<FieldRow, 'form' | 'bits'> {
  return isInteger(form) ? INTEGERS[form] : { form, bits: undefined };
}

function isInteger(form: RowForm): form is IntegerName {
  return Object.hasOwn(INTEGERS, form);
}
