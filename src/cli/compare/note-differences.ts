import type { Comparison, FieldDifference, SideName } from './comparison.ts';
import { fieldsOf, labelOf } from './identify.ts';

/** The longest value or record of an example, in characters. */
const EXAMPLE_LENGTH_MAX = 200;
/** Labels and attributes may have any name: differences of more fields are counted under {@link OTHER_FIELDS}. */
const FIELDS_MAX = 10_000;
const OTHER_FIELDS = '(other fields)';
/** Stands for the content of records of which one is no JSON object. */
const WHOLE_RECORD = '(the whole record)';

/** Where differences are counted. */
export interface Notes {
  readonly comparison: Comparison;
  /** The fields of the key, by which examples name records. */
  readonly key: readonly string[];
  /** The most examples of each difference. */
  readonly examplesMax: number;
}

/** A content that one side alone has. */
export interface Unmatched {
  readonly text: string;
  /** How often it came. */
  readonly count: number;
  readonly isInside: boolean;
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** Counts two contents with the same key: as often as both sides have them, they differ; the rest came again. */
export function notePair(notes: Notes, left: Unmatched, right: Unmatched): void {
  const { comparison } = notes;
  const pairs = Math.min(left.count, right.count);
  comparison.differing += pairs;
  comparison.left.repeated += left.count - pairs;
  comparison.right.repeated += right.count - pairs;
  const ofLeft = fieldsOf(left.text) ?? new Map([[WHOLE_RECORD, left.text]]);
  const ofRight = fieldsOf(right.text) ?? new Map([[WHOLE_RECORD, right.text]]);
  for (const name of new Set([...ofLeft.keys(), ...ofRight.keys()])) {
    const values = { left: ofLeft.get(name), right: ofRight.get(name) };
    if (values.left !== values.right) noteField(notes, name, { ...values, pairs, text: left.text });
  }
}

function noteField(
  { comparison, examplesMax, key }: Notes,
  name: string,
  found: {
    readonly left: string | undefined;
    readonly right: string | undefined;
    readonly pairs: number;
    readonly text: string;
  },
): void {
  const { left, pairs, right, text } = found;
  const difference = differenceOf(comparison, name);
  if (left === undefined) difference.only.right += pairs;
  else if (right === undefined) difference.only.left += pairs;
  else difference.values += pairs;
  if (difference.examples.length === examplesMax) return;
  const record = shortened(labelOf(text, key));
  difference.examples.push({ record, left: shortened(left), right: shortened(right) });
}

function differenceOf({ fields }: Comparison, name: string): FieldDifference {
  const counted = fields.has(name) || fields.size < FIELDS_MAX ? name : OTHER_FIELDS;
  const known = fields.get(counted);
  if (known !== undefined) return known;
  const made = { values: 0, only: { left: 0, right: 0 }, examples: [] };
  fields.set(counted, made);
  return made;
}

/** Counts a content whose key the other side does not have, once; when it came more often, the rest came again. */
export function noteOnly(notes: Notes, side: SideName, found: Unmatched): void {
  const { [side]: findings } = notes.comparison;
  findings.only++;
  findings.repeated += found.count - 1;
  findings.earliestMs = Math.min(findings.earliestMs ?? Infinity, found.earliestMs);
  findings.latestMs = Math.max(findings.latestMs ?? -Infinity, found.latestMs);
  if (findings.onlyExamples.length < notes.examplesMax) {
    findings.onlyExamples.push(shortened(labelOf(found.text, notes.key)));
  }
}

function shortened(text: string): string;
function shortened(text: string | undefined): string | undefined;
function shortened(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= EXAMPLE_LENGTH_MAX) return text;
  return `${text.slice(0, EXAMPLE_LENGTH_MAX)}…`;
}
