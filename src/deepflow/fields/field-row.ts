import type { EnumName } from '../names/enums.ts';

/**
 * How a column's value becomes a JSON value when it is not translated:
 * - `uint`, `int`: an integer, exact up to 64 bits
 * - `truncated`: an unsigned integer in DeepFlow's memory that ClickHouse stores as Float64
 * - `unsigned32`: an unsigned integer that ClickHouse stores as Int32
 * - `seconds`, `micros`: a ClickHouse time as integer seconds or microseconds since the Unix epoch
 * - `ipv4`, `ipv6`, `mac`: an address as text; an all-zero IPv6 address counts as empty
 * - `string`: text; `strings`: an array of text; `floats`: an array of numbers
 * - `workload_type`: the type of the Kubernetes workload whose id the column holds; DeepFlow does not store it
 * - `organization`: the number of the organisation, which DeepFlow keeps in the database's name
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

/** Integers by the width of the column that DeepFlow 7.1 stores them in. */
const INTEGERS = {
  uint8: { form: 'uint', bits: 8 },
  uint16: { form: 'uint', bits: 16 },
  uint32: { form: 'uint', bits: 32 },
  uint64: { form: 'uint', bits: 64 },
  int32: { form: 'int', bits: 32 },
  int64: { form: 'int', bits: 64 },
} as const;

type IntegerName = keyof typeof INTEGERS;

/** A form as a row says it: an integer with its width. */
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

/** What is special about a field. */
export interface FieldOptions {
  /** ClickHouse column; absent: the one of the field's own name. */
  readonly column?: string;
  /** Codes that have names. */
  readonly enum?: EnumName;
  /** The column may hold NULL. */
  readonly nullable?: true;
  /** Only records with both sides (`map`), only those without (`plain`), only events about files. */
  readonly only?: 'map' | 'plain' | 'files';
  /** The client side of a call: in records with both sides, name and column end in `_0`. */
  readonly side0?: true;
}

/** A row of the catalog: one field of one or more kinds of records. */
export interface FieldRow extends FieldOptions {
  readonly name: string;
  /** Decides when the field counts as empty: a tag as `""` or `[]`, a metric also as `0`. */
  readonly category: 'tag' | 'metric';
  /** Absent: the field belongs to every sub-category of its category. */
  readonly subcategory: TagSubcategory | MetricSubcategory | undefined;
  readonly form: Form;
  /** Width of the column's integers; undefined for every form but `uint` and `int`. */
  readonly bits: 8 | 16 | 32 | 64 | undefined;
}

/** A row for a tag. */
export function tag(
  subcategory: TagSubcategory | undefined,
  name: string,
  form: RowForm,
  options: FieldOptions = {},
): FieldRow {
  return { name, category: 'tag', subcategory, ...sizeOf(form), ...options };
}

/** A row for a metric. */
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
