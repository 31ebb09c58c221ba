import { readRe2Class, readRe2Escape } from './re2-class.ts';
import { PatternError, type PatternReader } from './re2-reader.ts';

/** The most characters of a filter's pattern. */
export const PATTERN_CHARACTERS_MAX = 1_000;
/** The limit of RE2 and Go for a counted repetition, and for the product of nested ones. */
const REPETITIONS_MAX = 1_000;
/**
 * The most instructions of a compiled pattern, as a high estimate. RE2 allows 8 MiB, at 16 bytes
 * for each instruction.
 */
const INSTRUCTIONS_MAX = 100_000;
const ANY_CHARACTER = 12;

/** A part of a pattern that a repetition can follow. */
interface Piece {
  readonly instructions: number;
  /** The product of the counted repetitions in this piece. */
  readonly repetitions: number;
  readonly isRepeated: boolean;
}

/**
 * Why RE2 (the regular expressions of ClickHouse and Go) does not accept a pattern. Undefined when
 * it does. Reads the pattern once, from left to right, and does not execute it.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > PATTERN_CHARACTERS_MAX) {
    return `is longer than ${PATTERN_CHARACTERS_MAX} characters`;
  }
  if (!pattern.isWellFormed()) return 'is not well-formed Unicode';
  const reader: PatternReader = { text: pattern, at: 0, names: new Set() };
  try {
    const { instructions } = readAlternatives(reader);
    if (reader.at < pattern.length) throw new PatternError('has a ")" without a "("');
    if (instructions > INSTRUCTIONS_MAX) throw new PatternError('has too many repetitions');
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
  return undefined;
}

/** Reads up to the end or to a closing bracket. */
function readAlternatives(reader: PatternReader): Piece {
  let instructions = 1;
  let repetitions = 1;
  let last: Piece | undefined;
  while (reader.at < reader.text.length && reader.text[reader.at] !== ')') {
    if (reader.text[reader.at] === '|') {
      reader.at++;
      last = undefined;
      continue;
    }
    const start = reader.at;
    const times = readRepetition(reader);
    if (times === undefined) {
      const piece = readPiece(reader);
      if (piece === undefined) continue;
      last = piece;
      instructions += piece.instructions;
    } else {
      const sign = reader.text.slice(start, reader.at);
      if (last === undefined) throw new PatternError(`has "${sign}" without anything to repeat`);
      if (last.isRepeated) throw new PatternError(`repeats a repetition with "${sign}"`);
      const product = last.repetitions * times;
      if (product > REPETITIONS_MAX) {
        throw new PatternError(`repeats more than ${REPETITIONS_MAX} times with "${sign}"`);
      }
      instructions += last.instructions * Math.max(0, times - 1);
      last = { ...last, repetitions: product, isRepeated: true };
    }
    repetitions = Math.max(repetitions, last.repetitions);
  }
  return { instructions, repetitions, isRepeated: false };
}

const COUNTED = /\{(0|[1-9]\d*)(,(0|[1-9]\d*)?)?\}/y;

/**
 * How many copies the repetition at the reader's position makes. Undefined: there is no repetition.
 */
function readRepetition(reader: PatternReader): number | undefined {
  const sign = reader.text[reader.at];
  let times = 1;
  if (sign === '*' || sign === '+' || sign === '?') {
    reader.at++;
  } else {
    COUNTED.lastIndex = reader.at;
    const found = COUNTED.exec(reader.text);
    if (found === null) return undefined;
    const [text, least, , most = least] = found;
    reader.at += text.length;
    times = Number(most);
    if (times > REPETITIONS_MAX || Number(least) > times) {
      throw new PatternError(`has the invalid repeat count "${text}"`);
    }
  }
  if (reader.text[reader.at] === '?') reader.at++;
  return Math.max(1, times);
}

/** Reads the piece before a repetition. Undefined: there is nothing that can be repeated. */
function readPiece(reader: PatternReader): Piece | undefined {
  const sign = reader.text[reader.at];
  if (sign === '(') return readGroup(reader);
  if (sign === '[') return piece(readRe2Class(reader));
  if (sign === '\\') {
    if (reader.text.startsWith('\\Q', reader.at)) return readQuoted(reader);
    return piece(readRe2Escape(reader));
  }
  reader.at += (reader.text.codePointAt(reader.at) ?? 0) > 0xffff ? 2 : 1;
  return piece(sign === '.' ? ANY_CHARACTER : 4);
}

function piece(instructions: number): Piece {
  return { instructions, repetitions: 1, isRepeated: false };
}

function readQuoted(reader: PatternReader): Piece | undefined {
  const start = reader.at + 2;
  const end = reader.text.indexOf('\\E', start);
  reader.at = end === -1 ? reader.text.length : end + 2;
  const length = (end === -1 ? reader.text.length : end) - start;
  return length === 0 ? undefined : piece(4 * length);
}

const OPENING = /\((\?(P<(?<name>\w+)>|(?<flags>[imsU]*(-[imsU]+)?)(?<end>[:)])))?/y;

function readGroup(reader: PatternReader): Piece | undefined {
  OPENING.lastIndex = reader.at;
  const found = OPENING.exec(reader.text);
  const rest = reader.text.slice(reader.at, reader.at + 4);
  if (/^\(\?(<?[=!])/.test(rest)) {
    throw new PatternError('has a look-around (?=, (?!, (?<= or (?<!, which RE2 does not support');
  }
  if (found === null || (found[0] === '(' && rest.startsWith('(?'))) {
    throw new PatternError(`has the group "${rest}", which RE2 does not support`);
  }
  reader.at += found[0].length;
  if (found.groups?.['end'] === ')') {
    if (found.groups['flags'] === '') throw new PatternError('has a group "(?)" without a flag');
    return undefined;
  }
  const name = found.groups?.['name'];
  if (name !== undefined && reader.names.has(name)) {
    throw new PatternError(`has two groups with the name "${name}"`);
  }
  if (name !== undefined) reader.names.add(name);
  const inner = readAlternatives(reader);
  if (reader.text[reader.at] !== ')') throw new PatternError('has a "(" without a ")"');
  reader.at++;
  return inner;
}
