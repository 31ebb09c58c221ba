import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ComparedTopic,
  type CompareRules,
  type CompareProgress,
  compareSides,
} from '../../../src/cli/compare/compare-sides.ts';
import { comparisonDocument } from '../../../src/cli/compare/comparison-document.ts';
import { naiveCounts } from './naive-comparison.ts';

const RULES: CompareRules = {
  key: ['_id', 'time'],
  ignored: new Set(),
  from: undefined,
  to: undefined,
  marginMs: 0,
  examplesMax: 3,
  bytesMax: 1_000_000,
};

interface Message {
  readonly text: string;
  readonly timeMs: number;
}

/** A topic of messages in chunks of three. */
function topicOf(messages: readonly Message[]): ComparedTopic {
  const values = messages.map(({ text, timeMs }) => ({ value: Buffer.from(text), timeMs }));
  return {
    offsets: values.length,
    // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous.
    async *read() {
      for (let at = 0; at < values.length; at += 3) {
        const chunk = values.slice(at, at + 3);
        yield { messages: chunk, offsets: chunk.length };
      }
    },
  };
}

const messagesOf = (texts: readonly string[]): readonly Message[] =>
  texts.map((text) => ({ text, timeMs: 1_000 }));

async function compare(
  left: readonly Message[],
  right: readonly Message[],
  rules: Partial<CompareRules> = {},
) {
  const progress: CompareProgress[] = [];
  const all = { ...RULES, ...rules };
  const topics = { left: topicOf(left), right: topicOf(right) };
  const { comparison, passes } = await compareSides(topics, all, (each) => progress.push(each));
  const head = { from: all.from, to: all.to, marginMs: all.marginMs, passes: 0 };
  const names = { key: all.key, ignored: [...all.ignored], topics: { left: 'old', right: 'new' } };
  return { document: comparisonDocument({ ...head, ...names }, comparison), passes, progress };
}

const A = '{"_id":1,"time":5,"x":"a"}';
const B = '{"_id":1,"time":5,"x":"b"}';
const C = '{"_id":2,"time":5,"x":"a"}';
const ONLY = { only: 0, repeated: 0, notJson: 0, withoutKey: 0 };

interface Expected {
  readonly same?: boolean;
  readonly equal?: number;
  readonly differing?: number;
  readonly left?: object;
  readonly right?: object;
}

describe('two topics', () => {
  test.each<[string, string[], string[], Expected]>([
    ['are the same in any order', [A, C], [C, A], { same: true, equal: 2 }],
    ['are the same with equal repetitions', [A, A], [A, A], { same: true, equal: 2 }],
    [
      'differ in a record that is missing on the left',
      [A],
      [A, C],
      { equal: 1, right: { only: 1 } },
    ],
    [
      'differ in a record that is missing on the right',
      [A, C],
      [A],
      { equal: 1, left: { only: 1 } },
    ],
    ['differ in a record that came again', [A, A, A], [A], { equal: 1, left: { repeated: 2 } }],
    [
      'count a missing record once, however often it came',
      [C, C],
      [],
      { left: { only: 1, repeated: 1 } },
    ],
    ['differ in a field', [A], [B], { differing: 1 }],
    [
      'differ in a field as often as both have it',
      [A, A, A],
      [B, B],
      { differing: 2, left: { repeated: 1 } },
    ],
    ['prefer the equal of several records of a key', [A, B], [B], { equal: 1, left: { only: 1 } }],
    [
      'are compared as a whole without the first field of the key',
      ['{"x":1}'],
      ['{"x":2}'],
      { left: { only: 1, withoutKey: 1 }, right: { only: 1, withoutKey: 1 } },
    ],
    [
      'are compared by bytes where they are no JSON',
      ['{"x":'],
      ['{"x":'],
      { same: true, equal: 1, left: { notJson: 1 }, right: { notJson: 1 } },
    ],
    ['may both be empty', [], [], { same: true }],
  ])('%s', async (_, left, right, expected) => {
    const { document } = await compare(messagesOf(left), messagesOf(right));
    expect(document).toMatchObject({
      same: false,
      equal: 0,
      differing: 0,
      ...expected,
      left: { ...ONLY, records: left.length, ...expected.left },
      right: { ...ONLY, records: right.length, ...expected.right },
    });
  });

  test('name the fields that differ, how often, and with which values', async () => {
    const left = ['{"_id":1,"n":9007199254740993,"s":"a"}', '{"_id":2,"n":1,"s":"a"}'];
    const right = ['{"_id":1,"n":9007199254740992,"s":"a"}', '{"_id":2,"n":2,"new":0}'];
    const { document } = await compare(messagesOf(left), messagesOf(right), { key: ['_id'] });
    expect(
      document.fields.map(({ count, field, onlyLeft, onlyRight, values }) => ({
        field,
        count,
        values,
        onlyLeft,
        onlyRight,
      })),
    ).toEqual([
      { field: 'n', count: 2, values: 2, onlyLeft: 0, onlyRight: 0 },
      { field: 'new', count: 1, values: 0, onlyLeft: 0, onlyRight: 1 },
      { field: 's', count: 1, values: 0, onlyLeft: 1, onlyRight: 0 },
    ]);
    expect(document.fields[0]?.examples).toContainEqual({
      record: '_id=1',
      left: '9007199254740993',
      right: '9007199254740992',
    });
  });

  test('are the same where only ignored fields differ, also one of the key', async () => {
    const { document } = await compare(messagesOf([A]), messagesOf([B]), {
      ignored: new Set(['x']),
    });
    expect(document.same).toBe(true);
    const keys = [messagesOf([A]), messagesOf([C])] as const;
    const different = await compare(...keys, { ignored: new Set(['_id']) });
    expect(different.document).toMatchObject({ left: { only: 1 }, right: { only: 1 } });
  });

  test('say that a key does not tell several differing records apart', async () => {
    const records = (values: readonly number[]): readonly Message[] =>
      messagesOf(values.map((x) => `{"time":1,"x":${x}}`));
    const { document } = await compare(records([1, 2]), records([3, 4]), { key: ['time'] });
    expect(document).toMatchObject({ differing: 2, ambiguousKeys: 1 });
  });
});

describe('a time range', () => {
  const at = (timeMs: number, text = A): Message => ({ text, timeMs });
  const range = { from: 1_000, to: 2_000, marginMs: 100 };

  test.each([
    ['has its start', [at(1_000)], [], { left: { records: 1, only: 1 } }],
    ['does not have its end', [at(2_000)], [], { same: true, atEdges: 1, left: { records: 0 } }],
    ['has partners at its edges', [at(1_999)], [at(2_099)], { same: true, equal: 1 }],
    ['has differing partners at its edges', [at(1_000)], [at(900, B)], { differing: 1 }],
    ['has no partners beyond the margin', [at(1_999)], [at(2_100)], { left: { only: 1 } }],
    [
      'does not count what is at its edges on both sides',
      [at(950)],
      [at(950)],
      { same: true, equal: 0 },
    ],
  ])('%s', async (_, left, right, expected) => {
    const { document } = await compare(left, right, range);
    expect(document).toMatchObject(expected);
  });
});

const record = fc
  .record({
    _id: fc.option(fc.nat(6), { nil: undefined }),
    time: fc.nat(1),
    x: fc.option(fc.nat(2), { nil: undefined }),
    label: fc.constantFrom('é', 'a', '語'.repeat(40)),
  })
  .map((object) => JSON.stringify(object));
const side = fc.array(fc.oneof(record, fc.constant('not JSON')), { maxLength: 40, size: 'max' });

describe('any two topics', () => {
  test('have the counts that a plain model has', async () => {
    await fc.assert(
      fc.asyncProperty(side, side, async (left, right) => {
        const { document } = await compare(messagesOf(left), messagesOf(right));
        const { differing, equal } = document;
        const [ofLeft, ofRight] = [document.left, document.right].map(({ only, repeated }) => ({
          only,
          repeated,
        }));
        const fields = document.fields.map(({ count, field }) => [field, count] as const);
        expect({ equal, differing, left: ofLeft, right: ofRight, fields: new Map(fields) }).toEqual(
          naiveCounts(left, right, RULES.key),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test('have the same report in one pass and in several', async () => {
    let several = 0;
    await fc.assert(
      fc.asyncProperty(side, side, async (left, right) => {
        const sides = [messagesOf(left), messagesOf(right)] as const;
        const whole = await compare(...sides);
        const parts = await compare(...sides, { bytesMax: 12_000 });
        if (parts.passes > 1) several++;
        expect(whole.passes).toBe(1);
        expect(parts.document).toEqual(whole.document);
      }),
      { numRuns: 500 },
    );
    expect(several).toBeGreaterThan(50);
  });
});

describe('the memory', () => {
  const many = messagesOf(Array.from({ length: 300 }, (_, id) => `{"_id":${id},"x":"left"}`));

  test('bounds what is held: the rest is compared in further passes, whose number is told', async () => {
    const { document, passes, progress } = await compare(many, [], { bytesMax: 20_000 });
    expect(passes).toBeGreaterThan(7);
    expect(document.left).toMatchObject({ records: 300, only: 300 });
    expect(progress.at(-1)).toEqual({ pass: passes, passes, share: 1 });
  });

  test('that is too small for the records of one key is an error that says what to do', async () => {
    const one = messagesOf(Array.from({ length: 300 }, (_, x) => `{"_id":1,"x":${x}}`));
    await expect(compare(one, [], { bytesMax: 20_000 })).rejects.toThrow(
      'records of a single key do not fit into the memory: name more fields with --key, or increase --memory',
    );
  });
});
