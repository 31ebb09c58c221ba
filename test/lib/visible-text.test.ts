import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visibleText } from '../../src/lib/visible-text.ts';

test.each([
  ['a text without control characters stays', 'Grüße 日本 🚀', 'Grüße 日本 🚀'],
  ['line breaks and tabs become spaces', 'a\nb\r\nc\td', 'a b c d'],
  ['an escape sequence becomes harmless', '\u{1b}[2Jx', '\u{fffd}[2Jx'],
  ['the one-character form of an escape sequence does too', '\u{9b}2Jx', '\u{fffd}2Jx'],
  ['a bell, a backspace and a deletion do too', '\u{7}\b\u{7f}', '\u{fffd}\u{fffd}\u{fffd}'],
  ['text that changes the direction does too', '\u{202e}txt', '\u{fffd}txt'],
])('%s', (_name, text, visible) => {
  expect(visibleText(text)).toBe(visible);
});

test('no text has a control character afterwards', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visibleText(text)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
    }),
  );
});
