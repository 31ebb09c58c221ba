/** A run of digits that a double may not represent exactly. */
const LONG_NUMBER = /\d{16}/;
/**
 * Matches strings, which are skipped, then integers of 16 digits or more, then all other numbers. A
 * string without an end matches to the end of the text: otherwise each of its quotes would be tried
 * as the start of another string, which takes the square of its length.
 */
const TOKENS = /"(?:[^"\\]|\\[^])*(?:"|\\?$)|(-?[1-9]\d{15,})(?![\d.eE])|-?\d[\d.eE+-]*/g;

/**
 * Parses JSON without losing digits of integers. Integers of 16 digits or more, which doubles may
 * round, become strings.
 *
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replace(TOKENS, (token, long: string | undefined) =>
      long === undefined ? token : `"${long}"`,
    ),
  );
}
