import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import { type Field, fieldsOf } from '../../../src/deepflow/fields/fields.ts';
import { unreachable } from '../../../src/lib/assert.ts';
import type { ClickHouseAccess } from '../clickhouse/clickhouse-access.ts';
import { tableNamed } from '../generator/tables.ts';
import { nameExpression } from './name-expression.ts';
import { type Canonical, type CanonicalObject, exactNumber, parseExact } from './canonical-json.ts';

/**
 * The records that ClickHouse's rows should become with the default options, made from ClickHouse's own
 * JSON: slow, readable, and no line of code in common with the exporter's encoder. The catalog of fields
 * is the exporter's; a test of its own holds that against the tables.
 *
 * Names are what ClickHouse itself finds in the dictionaries.
 *
 * @param fromMs rows that ended earlier than this, in milliseconds since the Unix epoch, are left out.
 */
export async function expectedRecords(
  clickHouse: Pick<ClickHouseAccess, 'query'>,
  dataSource: DataSource,
  fromMs = 0,
): Promise<readonly CanonicalObject[]> {
  const { quotedName } = tableNamed(dataSource);
  const timeMs = dataSource.startsWith('flow_metrics.')
    ? 'toUnixTimestamp(time) * 1000'
    : 'toUnixTimestamp64Milli(end_time)';
  const since = `${timeMs} >= ${fromMs}`;
  const names = fieldsOf(dataSource).flatMap((field) => {
    const name = field.isStored ? nameExpression(field, dataSource) : undefined;
    return name === undefined ? [] : [`${name.sql} AS \`name of ${field.key}\``];
  });
  const lines = await clickHouse.query(
    `SELECT ${['*', ...names].join(', ')} FROM ${quotedName} WHERE ${since} FORMAT JSONEachRow SETTINGS ${SETTINGS}`,
  );
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => recordOf(dataSource, parseExact(line)));
}

const SETTINGS = [
  'output_format_json_quote_64bit_integers = 1',
  'output_format_json_quote_denormals = 1',
  "date_time_output_format = 'unix_timestamp'",
  'output_format_json_escape_forward_slashes = 0',
].join(', ');

function recordOf(dataSource: DataSource, row: CanonicalObject): CanonicalObject {
  const record: Record<string, Canonical> = { datasource: dataSource };
  for (const field of fieldsOf(dataSource)) {
    const name = field.isStored ? nameExpression(field, dataSource) : undefined;
    if (name === undefined) {
      const value = valueOf(field, row[field.column] ?? null);
      if (value !== undefined && !isEmptyTag(field, value)) record[field.key] = value;
    } else {
      const text = row[`name of ${field.key}`] ?? null;
      if (text !== null && text !== '') record[name.key] = text;
    }
  }
  record['time_str'] = timeText(microsOf(row));
  return record;
}

/** The value in its JSON form; undefined for NULL and for what JSON cannot hold. */
function valueOf(field: Field, value: Canonical): Canonical | undefined {
  if (field.form === 'organization') return exactNumber('1');
  if (!field.isStored) return undefined;
  if (value === null) return undefined;
  switch (field.form) {
    case 'string':
    case 'strings':
      return value;
    case 'ipv4':
    case 'ipv6':
      return value === '::' ? '' : value;
    case 'mac':
      return macText(BigInt(textOf(value)));
    case 'micros':
      return exactNumber(textOf(value).replace('.', ''));
    case 'truncated':
      return Number.isFinite(Number(textOf(value)))
        ? exactNumber(String(BigInt(Math.trunc(Number(textOf(value))))))
        : undefined;
    case 'unsigned32':
      return exactNumber(String(BigInt.asUintN(32, BigInt(textOf(value)))));
    case 'floats':
      return Array.isArray(value) ? value.map(floatOf) : undefined;
    case 'uint':
    case 'int':
    case 'seconds':
    case 'workload_type':
      return exactNumber(textOf(value));
    default:
      return unreachable(field.form);
  }
}

function floatOf(value: Canonical): Canonical {
  const text = textOf(value);
  return Number.isFinite(Number(text)) ? exactNumber(text) : null;
}

function isEmptyTag(field: Field, value: Canonical): boolean {
  return field.category === 'tag' && (value === '' || (Array.isArray(value) && value.length === 0));
}

function textOf(value: Canonical): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'number' in value) {
    const { number } = value;
    if (typeof number === 'string') return number;
  }
  throw new Error(`not a number or text: ${JSON.stringify(value)}`);
}

function macText(value: bigint): string {
  const hex = BigInt.asUintN(48, value).toString(16).padStart(12, '0');
  return (hex.match(/../g) ?? []).join(':');
}

/** The event time: the end, or the start of a metric's window. */
function microsOf(row: CanonicalObject): bigint {
  const end = row['end_time'];
  if (end !== undefined) return BigInt(textOf(end).replace('.', ''));
  return BigInt(textOf(row['time'] ?? '')) * 1_000_000n;
}

/** Go's text of a time in UTC, from microseconds. */
function timeText(micros: bigint): string {
  const fraction = String(micros % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const date = new Date(Number(micros / 1_000_000n) * 1000).toISOString();
  return `${date.slice(0, 19).replace('T', ' ')}${fraction === '' ? '' : `.${fraction}`} +0000 UTC`;
}
