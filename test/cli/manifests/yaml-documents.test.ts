import { describe, expect, test } from 'vitest';
import { yamlDocuments, YamlError } from '../../../src/cli/manifests/yaml-documents.ts';

const TEXT = `# a comment
kind: List
items:
  - &first
    name: a
    flow: { b: [1, "two"] }
  - *first
  - <<: *first
    other: yes
---
---
second: document
`;

describe('a document', () => {
  test.each([
    [[], 2, 1],
    [['kind'], 2, 1],
    [['items'], 3, 1],
    [['items', 0], 5, 5],
    [['items', 0, 'name'], 5, 5],
    [['items', 0, 'flow', 'b', 1], 6, 21],
    [['items', 1], 7, 6],
    // What an alias repeats is where it is written.
    [['items', 1, 'name'], 5, 5],
    [['items', 2, 'other'], 9, 5],
    [['items', 2, 'not', 'there'], 8, 5],
    [['missing'], 2, 1],
  ])('has the field at %j in line %i, column %i', (path, line, column) => {
    const [document] = yamlDocuments(TEXT);
    expect(document?.place(path)).toEqual({ line, column });
  });

  test('has its place in the whole file, also behind an empty one', () => {
    const documents = yamlDocuments(TEXT);
    expect(documents.map(({ value }) => value)).toEqual([
      expect.objectContaining({ kind: 'List' }),
      null,
      { second: 'document' },
    ]);
    expect(documents[2]?.place(['second'])).toEqual({ line: 12, column: 1 });
  });

  test.each([
    [['items', 0, 'name'], 'a'],
    [['items', 0, 'flow', 'b', 1], 'two'],
    [['items', 1, 'name'], 'a'],
    [['items', 2, 'name'], 'a'],
    [['items', 2, 'other'], 'yes'],
    [['items', 0, 'flow'], undefined],
    [['missing'], undefined],
  ])('has its texts as they are written, also those that it merges: %j', (path, written) => {
    const [document] = yamlDocuments(TEXT);
    expect(document?.written(path)).toBe(written);
  });

  test.each([
    ['a: yes', true],
    ['a: off', false],
    ['a: 010', 8],
    ['a: ~', null],
    ['a: 2026-01-31T00:00:00Z', '2026-01-31T00:00:00Z'],
    ['{"a": "yes"}', 'yes'],
  ])('is read as kubectl reads it: %s', (text, a) => {
    expect(yamlDocuments(text).map(({ value }) => value)).toEqual([{ a }]);
  });
});

test.each([
  ['a: 1\nb: [1,\n', 'deficient indentation', 3],
  ['a: 1\na: 2\n', 'duplicated mapping key', 2],
  ['a:\n\t- b\n', 'tab', 2],
])('a text that is not YAML is refused with the line: %j', (text, words, line) => {
  expect(() => yamlDocuments(text)).toThrow(words);
  try {
    yamlDocuments(text);
  } catch (error) {
    expect(error instanceof YamlError && error.place.line).toBe(line);
  }
});

test('aliases that would take too much memory are refused', () => {
  const levels = Array.from({ length: 9 }, (_, i) => {
    const items = Array.from({ length: 10 }, () => (i === 0 ? '1' : `*l${i - 1}`));
    return `l${i}: &l${i} [${items.join(', ')}]`;
  });
  expect(() => yamlDocuments(levels.join('\n'))).toThrow('aliases make more than 1000000 values');
});
