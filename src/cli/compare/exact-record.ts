/** Deeper values are not JSON of an exporter; a limit keeps the stack. */
const DEPTH_MAX = 100;

/** Matches strings, and then what may be a number. A string without an end matches to the end of the text. */
const TOKENS = /"(?:[^"\\]|\\[^])*(?:"|\\?$)|-?\d[\d.eE+-]*/g;
/** RFC 8259 section 6. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * The fields of a JSON object, sorted by name, with their values as JSON text in one form: without white space, objects sorted by
 * name, strings with JavaScript's escapes. Numbers keep all their digits, so that 64-bit integers are exact. Undefined: the text is
 * not a JSON object.
 */
export function exactFields(text: string): readonly (readonly [string, string])[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text.replace(TOKENS, mark));
    return isObject(parsed) ? sortedFields(parsed, 1) : undefined;
  } catch {
    return undefined;
  }
}

/** Numbers become strings that begin with `#`, and strings get `$` in front. What is neither stays, so that it is refused. */
function mark(token: string): string {
  if (token.startsWith('"')) return `"$${token.slice(1)}`;
  return NUMBER.test(token) ? `"#${token}"` : token;
}

function canonicalText(value: unknown, depth: number): string {
  if (depth > DEPTH_MAX) throw new RangeError('the record is nested too deeply');
  if (typeof value === 'string') {
    const rest = value.slice(1);
    return value.startsWith('#') ? rest : JSON.stringify(rest);
  }
  if (Array.isArray(value)) {
    return `[${value.map((each) => canonicalText(each, depth + 1)).join(',')}]`;
  }
  if (!isObject(value)) return String(value);
  const fields = sortedFields(value, depth + 1);
  return `{${fields.map(([name, each]) => `${JSON.stringify(name)}:${each}`).join(',')}}`;
}

function sortedFields(object: object, depth: number): readonly (readonly [string, string])[] {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(object);
  return entries
    .map(([name, value]) => [nameOf(name), canonicalText(value, depth)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A number in place of a name has become a string, too, but it is not JSON. */
function nameOf(marked: string): string {
  if (marked.startsWith('#')) throw new SyntaxError('a name is a number');
  return marked.slice(1);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
