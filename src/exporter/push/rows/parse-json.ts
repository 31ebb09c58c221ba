/** A run of digits that a double may not hold exactly. */
const LONG_NUMBER = /\d{16}/;
/** Texts, which are passed over; then integers of 16 digits and more; then all other numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|(-?[1-9]\d{15,})(?![\d.eE])|-?\d[\d.eE+-]*/g;

/**
 * Parses JSON without losing digits of integers: those of 16 digits and more, which doubles may round, become text.
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
