import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Line, LineSplitter } from '../../../../src/exporter/push/rows/split-lines.ts';

function split(pieces: readonly Buffer[], maxBytes: number): readonly string[] {
  const splitter = new LineSplitter(maxBytes);
  const lines: Line[] = pieces.flatMap((piece) => [...splitter.push(piece)]);
  const last = splitter.end();
  return [...lines, ...(last === undefined ? [] : [last])].map(String);
}

test('lines are the same, wherever a body is cut', () => {
  const body = fc
    .array(fc.string({ unit: 'grapheme', maxLength: 12 }).filter((line) => !line.includes('\n')))
    .map((lines) => Buffer.from(lines.join('\n')));
  fc.assert(
    fc.property(body, fc.array(fc.nat(9)), fc.integer({ min: 1, max: 20 }), (bytes, cuts, max) => {
      const pieces: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        pieces.push(bytes.subarray(at, at + cut));
        at += cut;
      }
      pieces.push(bytes.subarray(at));
      const expected = bytes
        .toString()
        .split('\n')
        .map((line) => (Buffer.byteLength(line) > max ? 'too long' : line));
      if (expected.at(-1) === '') expected.pop();
      expect(split(pieces, max)).toEqual(expected);
    }),
  );
});

test.each([
  ['an empty body', '', []],
  ['a last line break', 'a\n', ['a']],
  ['no last line break', 'a\nb', ['a', 'b']],
  ['empty lines', '\n\na\n', ['', '', 'a']],
])('%s', (_name, body, lines) => {
  expect(split([Buffer.from(body)], 100)).toEqual(lines);
});
