import type { z } from 'zod';
import { nearestOf } from '../../lib/nearest.ts';

/** What is wrong with a field. */
export interface FieldProblem {
  readonly path: readonly PropertyKey[];
  /** A sentence that begins with "must" or "is", and says what to do. */
  readonly message: string;
}

/** Names that a field of an object may have, by the path of the object. */
export type KnownNames = (path: readonly PropertyKey[]) => readonly string[];

/**
 * The words of an issue, for zod's `error` option. A message that a schema has itself goes before them.
 */
export function sentenceOf(issue: z.core.$ZodRawIssue): string | undefined {
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type':
      return input === undefined
        ? 'is required'
        : `must be ${kindName(issue.expected)}, but is ${kindOf(input)}`;
    case 'invalid_value':
      return input === undefined ? 'is required' : oneOf(issue.values.map(String), input);
    case 'too_small':
      return `must ${bound(issue.origin, 'least', issue.minimum)}`;
    case 'too_big':
      return `must ${bound(issue.origin, 'most', issue.maximum)}`;
    case 'invalid_union':
      return unionSentence(issue.errors, input);
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return undefined;
  }
}

/** Each issue with its path; unknown fields one by one, with the nearest that is known. */
export function fieldProblems(
  issues: readonly z.core.$ZodIssue[],
  knownNames: KnownNames,
): readonly FieldProblem[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: [...issue.path, key],
          message: unknownField(key, knownNames(issue.path)),
        }))
      : [{ path: issue.path, message: issue.message }],
  );
}

/** The sentence about a field that does not exist. */
export function unknownField(name: string, known: readonly string[]): string {
  const nearest = nearestOf(name, known);
  return nearest === '' ? 'is unknown: remove it' : `is unknown; the nearest is "${nearest}"`;
}

/** Above this number of values, a list is no help to find the right one. */
const LISTED_MAX = 8;

function oneOf(values: readonly string[], value: unknown): string {
  if (values.length === 1) return `must be ${values[0] ?? ''}`;
  const list = values.join(', ');
  if (typeof value !== 'string') return `must be one of ${list}`;
  const nearest = `the nearest is "${nearestOf(value, values)}"`;
  return values.length > LISTED_MAX
    ? `is unknown; ${nearest} (all: ${list})`
    : `must be one of ${list}; ${nearest}`;
}

/** The problem of the alternative that has the right type; otherwise the types of all. */
function unionSentence(
  errors: readonly (readonly z.core.$ZodIssue[])[],
  value: unknown,
): string | undefined {
  const firsts = errors.flatMap(([first]) => (first === undefined ? [] : [first]));
  const near = firsts.find((issue) => issue.code !== 'invalid_type');
  if (near !== undefined) return near.message;
  if (value === undefined) return 'is required';
  const kinds = firsts.flatMap((issue) =>
    issue.code === 'invalid_type' ? [kindName(issue.expected)] : [],
  );
  return `must be ${[...new Set(kinds)].join(' or ')}, but is ${kindOf(value)}`;
}

function bound(origin: string, end: 'least' | 'most', count: number | bigint): string {
  if (origin === 'string') return `have at ${end} ${count} characters`;
  if (origin === 'array' || origin === 'set')
    return `have at ${end} ${count} ${count === 1 ? 'entry' : 'entries'}`;
  return `be at ${end} ${count}`;
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a map',
  record: 'a map',
  string: 'text (in quotation marks)',
};

function kindName(expected: string): string {
  return KIND_NAMES[expected] ?? expected;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? 'text' : JSON.stringify(value);
}
