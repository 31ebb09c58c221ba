import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactFields } from '../../../src/cli/compare/exact-record.ts';

describe('the fields of a record', () => {
  test.each([
    [
      'are sorted by name',
      '{"b":1,"a":2}',
      [
        ['a', '2'],
        ['b', '1'],
      ],
    ],
    [
      'keep all digits of integers',
      '{"_id":18446744073709551615}',
      [['_id', '18446744073709551615']],
    ],
    [
      'keep all digits of fractions',
      '{"x":0.12345678901234567890}',
      [['x', '0.12345678901234567890']],
    ],
    ['tell a number from its text', '{"x":"12"}', [['x', '"12"']]],
    ['are the same however a string is escaped', '{"x":"\\u0041\\/\\n"}', [['x', '"A/\\n"']]],
    [
      'have texts that look like marks',
      '{"#a":"#1","$":"$"}',
      [
        ['#a', '"#1"'],
        ['$', '"$"'],
      ],
    ],
    ['may be named as parts of JavaScript are', '{"__proto__":1}', [['__proto__', '1']]],
    [
      'may be nested',
      '{"x":{"b":[1, 2.50,null],"a":true}}',
      [['x', '{"a":true,"b":[1,2.50,null]}']],
    ],
    ['may be none', ' {} ', []],
  ])('%s', (_, text, fields) => {
    expect(exactFields(text)).toEqual(fields);
  });

  test.each([
    ['{"a":01}'],
    ['{"a":1.}'],
    ['{"a":--1}'],
    ['{"a":1-2}'],
    ['{"a":"x}'],
    ['{"a":"\\x"}'],
    ['{"a":NaN}'],
    ['{"a":1 2}'],
    ['{1:2}'],
    ['[1]'],
    ['null'],
    ['"text"'],
    ['7'],
    [''],
  ])('are none in %s', (text) => {
    expect(exactFields(text)).toBeUndefined();
  });

  test('are none where values are nested more deeply than an exporter does', () => {
    const nested = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(exactFields(nested(50))).toHaveLength(1);
    expect(exactFields(nested(200))).toBeUndefined();
    expect(exactFields(nested(1_000_000))).toBeUndefined();
  });

  test('are there for every JSON object, with values that mean the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (object) => {
        const text = JSON.stringify(object, null, 1);
        const fields = exactFields(text) ?? [];
        const again = Object.fromEntries(
          fields.map(([name, value]): [string, unknown] => [name, JSON.parse(value)]),
        );
        expect(again).toEqual(JSON.parse(text));
        expect(exactFields(JSON.stringify(object))).toEqual(fields);
      }),
    );
  });

  test('are there exactly when a text is a JSON object', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '"',
      'a',
      '\\',
      ':',
      ',',
      '1',
      '-',
      '.',
      'e',
      '[',
      ']',
      ' ',
      'true',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        expect(exactFields(text) !== undefined).toBe(isObject(text));
        const inside = `{"a":${text}}`;
        expect(exactFields(inside) !== undefined).toBe(isObject(inside));
      }),
      { numRuns: 20_000 },
    );
  });
});

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
