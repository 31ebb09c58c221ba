import { expect, test } from 'vitest';
import { Tally } from './tally.ts';

const record = (id: number): { readonly id: { readonly number: string } } => ({
  id: { number: String(id) },
});

function tallyOf(...ids: readonly number[]): Tally {
  const tally = new Tally();
  for (const id of ids) tally.add(Buffer.from(`{"id":${id}}`));
  return tally;
}

test('records that are there as often as they should be make no difference', () => {
  const difference = tallyOf(2, 1, 1).compare([record(1), record(1), record(2)]);
  expect(difference).toEqual({ missing: 0, repeated: 0, foreign: 0, examples: [] });
});

test('a record that is lost, one that came again and one of no row are told apart', () => {
  expect(tallyOf(1, 1, 9).compare([record(1), record(2)])).toEqual({
    missing: 1,
    repeated: 1,
    foreign: 1,
    examples: [
      'missing 1 times: {"id":{"number":"2"}}',
      'repeated 1 times: {"id":{"number":"1"}}',
      'foreign 1 times: {"id":{"number":"9"}}',
    ],
  });
});

test('of two equal rows one record is too few, and of one row two are too many', () => {
  expect(tallyOf(1).compare([record(1), record(1)])).toMatchObject({ missing: 1, repeated: 0 });
  expect(tallyOf(1, 1).compare([record(1)])).toMatchObject({ missing: 0, repeated: 1 });
});

test('a record that may be gone is not missing, but still must not come twice', () => {
  const allowed = [record(1), record(2)];
  expect(tallyOf(2).compare(allowed, [record(2)])).toMatchObject({ missing: 0, repeated: 0 });
  expect(tallyOf(1, 1, 2).compare(allowed, [record(2)])).toMatchObject({ repeated: 1 });
});

test('records that are told apart by one field differ in no other', () => {
  const tally = new Tally('name');
  tally.add(Buffer.from('{"name":"a","time":1}'));
  tally.add(Buffer.from('{"name":"a","time":2}'));
  expect(tally.compare([{ name: 'a' }, { name: 'a' }]).examples).toEqual([]);
  expect(tally.compare([{ name: 'a' }, { name: 'b' }])).toMatchObject({ missing: 1, repeated: 1 });
});
