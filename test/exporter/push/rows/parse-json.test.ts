import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExactJson } from '../../../../src/exporter/push/rows/parse-json.ts';

test.each([
  ['a large integer', '{"a":18446744073709551615}', { a: '18446744073709551615' }],
  ['a negative one', '{"a":-9223372036854775808}', { a: '-9223372036854775808' }],
  ['one in a list', '[1,9007199254740993]', [1, '9007199254740993']],
  ['digits within text', '{"a":"x 18446744073709551615"}', { a: 'x 18446744073709551615' }],
  [
    'digits behind a quote in text',
    '{"a":"\\"18446744073709551615"}',
    { a: '"18446744073709551615' },
  ],
  ['a fraction of many digits', '{"a":0.12345678901234567}', { a: 0.12345678901234567 }],
  ['an exponent', '{"a":12345678901234567e3}', { a: 12345678901234567e3 }],
])('%s keeps its digits', (_name, text, value) => {
  expect(parseExactJson(text)).toEqual(value);
});

test.each([
  ['a zero before a large integer', '{"a":018446744073709551615}'],
  ['a large integer behind a number', '{"a":1 18446744073709551615}'],
  ['text without an end', '{"a":"18446744073709551615}'],
  ['nothing', ''],
])('%s is no JSON', (_name, text) => {
  expect(() => parseExactJson(text)).toThrow(SyntaxError);
});

test.each([
  ['escaped quotes', '\\"'],
  ['quotes and a backslash at the end', '\\"\\\\'],
])(
  'text without an end costs no more than its length: two million characters of %s',
  (_name, piece) => {
    const text = `{"a":1234567890123456,"b":"${piece.repeat(2_000_000 / piece.length)}`;
    expect(() => parseExactJson(text)).toThrow(SyntaxError);
    expect(() => parseExactJson(`${text}\\`)).toThrow(SyntaxError);
  },
);

test('all other JSON is parsed as usual', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.stringMatching(/^\d{16,20}$/), (value, digits) => {
      // The long digits make the parser use the slower way.
      const text = JSON.stringify([value, digits]);
      expect(JSON.stringify(parseExactJson(text))).toBe(
        JSON.stringify(JSON.parse(text), (_key, each: unknown) =>
          Number.isInteger(each) && /^-?\d{16,}$/.test(String(each)) ? String(each) : each,
        ),
      );
    }),
  );
});
