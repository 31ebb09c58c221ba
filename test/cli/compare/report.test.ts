import { describe, expect, test } from 'vitest';
import { emptyComparison } from '../../../src/cli/compare/comparison.ts';
import { comparisonDocument } from '../../../src/cli/compare/comparison-document.ts';
import { REPORT_FORMS, reportOf } from '../../../src/cli/compare/report.ts';

const HEAD = {
  topics: { left: 'old_topic', right: 'new' },
  from: 0,
  to: 60_000,
  marginMs: 5_000,
  key: ['_id'],
  ignored: ['x'],
  passes: 2,
};

function documentOf(example: string) {
  const found = emptyComparison();
  found.equal = 7;
  found.differing = 2;
  found.ambiguousKeys = 1;
  found.atEdges = 4;
  found.fields.set('a', { values: 1, only: { left: 0, right: 0 }, examples: [] });
  found.fields.set('b', {
    values: 1,
    only: { left: 0, right: 1 },
    examples: [{ record: '_id=1', left: undefined, right: example }],
  });
  Object.assign(found.left, { records: 10, notJson: 1, withoutKey: 2 });
  Object.assign(found.left, {
    only: 1,
    earliestMs: 1_000,
    latestMs: 2_000,
    onlyExamples: [example],
  });
  Object.assign(found.right, { records: 9, repeated: 3 });
  return comparisonDocument(HEAD, found);
}

test('a report in text has the counts, the fields and the records', () => {
  expect(reportOf(documentOf('"v"'), 'text')).toBe(`Comparison of old_topic and new
The topics differ.
Time range of the messages: 1970-01-01T00:00:00.000Z to 1970-01-01T00:01:00.000Z, with partners up to 5 s around it.
Key: _id. Ignored: x.
Passes over the topics: 2.
2 records without _id: compared as a whole, so that a difference counts as only left and only right.
1 record without valid JSON: compared as bytes.
4 records at the edges of the range without a partner: not counted.
1 key with several differing records: which of them belong together is not sure; name more fields with --key.
              left  right
records read  10    9
equal         7     7
differing     2     2
only here     1     0
repeated      0     3

Fields that differ
Of 2 pairs of records with the same key:
field  count  values  only left  only right  left, such as  right     record
b      2      1       0          1           (absent)       "v"       _id=1
a      1      1       0          0           (absent)       (absent)

Only in the left topic, old_topic
1 record, from 1970-01-01T00:00:01.000Z to 1970-01-01T00:00:02.000Z, such as:
record
"v"
`);
});

test('a report in Markdown has tables, and no value of a record is a sign of Markdown', () => {
  const report = reportOf(documentOf('"|`<b>[x](y)*\n# @team"'), 'markdown');
  expect(report).toContain('## Comparison of old\\_topic and new\n\n- The topics differ.\n');
  expect(report).toContain('|  | left | right |\n| --- | --- | --- |\n| records read | 10 | 9 |\n');
  expect(report).toContain('| "\\|\\`\\<b\\>\\[x\\](y)\\* \\# \\@team" |\n');
});

test('a report in JSON is the whole document', () => {
  const document = documentOf('"v\u001b\u009b\u202e"');
  expect(JSON.parse(reportOf(document, 'json'))).toEqual(JSON.parse(JSON.stringify(document)));
});

describe('what controls a terminal', () => {
  test.each(REPORT_FORMS)('is not in a report in %s', (form) => {
    const report = reportOf(documentOf('"\u001b[2J\u009b\r\u202e\u2028\u0007"'), form);
    expect(report.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
  });
});

test('two empty topics have the same records', () => {
  const document = comparisonDocument(
    { ...HEAD, from: undefined, to: undefined },
    emptyComparison(),
  );
  expect(document.same).toBe(true);
  expect(reportOf(document, 'text')).toContain(
    'Both topics have the same records.\nTime range: all',
  );
});
