import type { RejectReason } from '../../producer/record-producer.ts';
import type { RowValue } from '../../../deepflow/filters/predicate/row-value.ts';
import { TIME_COLUMN } from '../../source/source.ts';
import type { ColumnType } from './column-type.ts';
import { parseExactJson } from './parse-json.ts';

/** What is wrong with a line: `kind` for metrics, and a message for the client. */
export interface LineProblem {
  readonly kind: 'tooLong' | 'notJson' | 'noTime' | 'badValue' | RejectReason;
  readonly reason: string;
}

/** The values of a row in the order of the columns, or the problem of the line. */
export type ParsedLine = readonly RowValue[] | LineProblem;

const END_TIME_COLUMN = 'end_time';
const MICROS_PER_SECOND = 1_000_000n;
/** The most characters of a wrong value that a message quotes. */
const QUOTED_MAX = 60;

/** True for a row. */
export function isRow(parsed: ParsedLine): parsed is readonly RowValue[] {
  return Array.isArray(parsed);
}

/** Reads a line as a row of these columns. Other keys of the line are ignored; `look` gets every object that a line is. */
export function parseLine(
  text: string,
  columns: readonly ColumnType[],
  look: (line: Readonly<Record<string, unknown>>) => void = () => undefined,
): ParsedLine {
  let json: unknown;
  try {
    json = parseExactJson(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'unknown error';
    return { kind: 'notJson', reason: `must be a JSON object, but is not valid JSON: ${detail}` };
  }
  if (!isObject(json)) {
    return { kind: 'notJson', reason: `must be a JSON object, but is ${quoted(json)}` };
  }
  look(json);
  const row: RowValue[] = [];
  let timeAt = -1;
  let endTimeAt = -1;
  for (const [at, column] of columns.entries()) {
    if (column.name === TIME_COLUMN) timeAt = at;
    else if (column.name === END_TIME_COLUMN) endTimeAt = at;
    const value = valueOf(json, column);
    if (value === undefined) return misfit(column, json[column.name]);
    row.push(value);
  }
  // `time` is the end time in whole seconds. The end time is the timestamp of the record, so it must
  // not be unknown.
  if (endTimeAt >= 0 && Number(row[endTimeAt]) === 0) {
    row[endTimeAt] = BigInt(Number(row[timeAt])) * MICROS_PER_SECOND;
  }
  return row;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueOf(
  line: Readonly<Record<string, unknown>>,
  column: ColumnType,
): RowValue | undefined {
  const json = Object.hasOwn(line, column.name) ? line[column.name] : undefined;
  if (json !== undefined && json !== null) return column.read(json);
  // A record without a time is useless, so the time has no default.
  if (column.name === TIME_COLUMN) return undefined;
  return json === null ? column.null : column.absent;
}

function misfit({ name, expected }: ColumnType, value: unknown): LineProblem {
  const kind = name === TIME_COLUMN ? 'noTime' : 'badValue';
  const found = value === undefined ? 'is missing' : `is ${quoted(value)}`;
  return { kind, reason: `${name} must be ${expected}, but ${found}` };
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= QUOTED_MAX ? text : `${text.slice(0, QUOTED_MAX)}…`;
}
