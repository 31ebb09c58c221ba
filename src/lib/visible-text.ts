/** Characters that move the cursor, change colours or the direction of text, or end a line. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * A text of others that is safe to show in a line of a terminal: a line break or a tab becomes a space, and each other control
 * character becomes U+FFFD.
 */
export function visibleText(text: string): string {
  return text.replaceAll(/\r?\n|\t/g, ' ').replaceAll(CONTROLS, '\u{fffd}');
}
