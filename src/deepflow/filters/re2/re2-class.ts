import { PatternError, type PatternReader } from './re2-reader.ts';

/** The number of instructions that RE2 needs, as a high estimate. */
const UNICODE_CLASS = 1_000;
const PERL_CLASS = 16;
const RANGE = 4;

const POSIX_NAMES = new Set(
  'alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit'.split(' '),
);

/**
 * Reads a class, such as `[^a-z\d]`, from its opening bracket. Returns how many instructions it
 * needs.
 */
export function readRe2Class(reader: PatternReader): number {
  const start = reader.at;
  reader.at++;
  if (reader.text[reader.at] === '^') reader.at++;
  let instructions = RANGE;
  let isFirst = true;
  while (isFirst || reader.text[reader.at] !== ']') {
    isFirst = false;
    if (reader.at >= reader.text.length) {
      throw new PatternError(`has a "[" without a "]" in "${reader.text.slice(start)}"`);
    }
    instructions += readPosixName(reader) ?? readNamedSet(reader) ?? readRange(reader);
  }
  reader.at++;
  return instructions;
}

/** Reads an escape from its backslash. Returns how many instructions it needs. */
export function readRe2Escape(reader: PatternReader): number {
  const set = readNamedSet(reader);
  if (set !== undefined) return set;
  if (/[AzbB]/.test(reader.text[reader.at + 1] ?? '')) {
    reader.at += 2;
    return 1;
  }
  readEscapedCharacter(reader);
  return 4;
}

function readPosixName(reader: PatternReader): number | undefined {
  if (!reader.text.startsWith('[:', reader.at)) return undefined;
  const end = reader.text.indexOf(':]', reader.at + 2);
  if (end === -1) return undefined;
  const name = reader.text.slice(reader.at + 2, end);
  if (!POSIX_NAMES.has(name.replace(/^\^/, ''))) {
    throw new PatternError(`has the unknown class "[:${name}:]"`);
  }
  reader.at = end + 2;
  return PERL_CLASS;
}

const NAMED_SET = /\\(?:(?<perl>[dDsSwW])|[pP](?:(?<letter>\p{L})|\{\^?(?<name>\w+)\}))/uy;

/** Reads `\d`, `\pL`, `\p{Greek}` and similar sets. Undefined: the text is something else. */
function readNamedSet(reader: PatternReader): number | undefined {
  NAMED_SET.lastIndex = reader.at;
  const found = NAMED_SET.exec(reader.text);
  if (found === null) return undefined;
  const name = found.groups?.['name'] ?? found.groups?.['letter'];
  if (name !== undefined && !isUnicodeSet(name)) {
    throw new PatternError(`has the unknown class "${found[0]}"`);
  }
  reader.at += found[0].length;
  return name === undefined ? PERL_CLASS : UNICODE_CLASS;
}

function isUnicodeSet(name: string): boolean {
  if (name === 'Any') return true;
  const property = name.length <= 2 ? name : `Script=${name}`;
  try {
    // This only compiles the name of a set, and matches nothing.
    return new RegExp(`\\p{${property}}`, 'u').source !== '';
  } catch {
    return false;
  }
}

function readRange(reader: PatternReader): number {
  const start = reader.at;
  const low = readClassCharacter(reader);
  const next = reader.text[reader.at + 1];
  if (reader.text[reader.at] !== '-' || next === undefined || next === ']') return RANGE;
  reader.at++;
  if (readClassCharacter(reader) < low) {
    throw new PatternError(
      `has the range "${reader.text.slice(start, reader.at)}", whose end comes before its start`,
    );
  }
  return RANGE;
}

function readClassCharacter(reader: PatternReader): number {
  if (reader.text[reader.at] === '\\') return readEscapedCharacter(reader);
  const code = reader.text.codePointAt(reader.at) ?? 0;
  reader.at += code > 0xffff ? 2 : 1;
  return code;
}

const ESCAPED =
  /\\(?:(?<octal>0[0-7]{0,2}|[1-7][0-7]{1,2})|x(?:(?<two>[\da-fA-F]{2})|\{(?<hex>[\da-fA-F]{1,8})\})|(?<control>[afnrtv])|(?<sign>[!-/:-@[-`{-~ ]))/y;
const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };
const LAST_CODE_POINT = 0x10ffff;

/** Reads one escaped character from its backslash. Returns its code point. */
function readEscapedCharacter(reader: PatternReader): number {
  ESCAPED.lastIndex = reader.at;
  const found = ESCAPED.exec(reader.text);
  const text = reader.text.slice(reader.at, reader.at + 2);
  if (found === null) {
    if (text === '\\') throw new PatternError('ends in a backslash');
    if (/[1-9k]/.test(text))
      throw new PatternError(`has the back-reference "${text}", which RE2 does not support`);
    throw new PatternError(`has the escape "${text}", which RE2 does not support`);
  }
  reader.at += found[0].length;
  const { octal, two, hex, control, sign } = found.groups ?? {};
  if (octal !== undefined) return Number.parseInt(octal, 8);
  if (control !== undefined) return CONTROLS[control] ?? 0;
  if (sign !== undefined) return sign.codePointAt(0) ?? 0;
  const code = Number.parseInt(two ?? hex ?? '', 16);
  if (code > LAST_CODE_POINT) throw new PatternError(`has "${found[0]}", which is not a character`);
  return code;
}
