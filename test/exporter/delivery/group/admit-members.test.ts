import { describe, expect, test } from 'vitest';
import {
  admitMembers,
  type Applicant,
} from '../../../../src/exporter/delivery/group/admit-members.ts';

/** A pod of a KafkaExporter; `owner` is empty for a pod that names none. */
function member(
  id: string,
  owner: string,
  change: Partial<Pick<Applicant, 'owned' | 'isRecorded'>> = {},
): Applicant {
  return {
    id,
    isAble: true,
    shards: 4,
    generation: 1,
    owned: [],
    isRecorded: false,
    owner: owner === '' ? undefined : { id: owner, name: `KafkaExporter ${owner}` },
    ...change,
  };
}

describe('the members that share progress', () => {
  test.each<[string, readonly Applicant[], readonly string[], readonly string[]]>([
    ['are all members of one KafkaExporter', [member('1', 'a'), member('2', 'a')], ['1', '2'], []],
    [
      'are those of the KafkaExporter that has shards',
      [member('1', 'a', { isRecorded: true }), member('2', 'b', { owned: [0] })],
      ['2'],
      ['1'],
    ],
    [
      'are those of the KafkaExporter that has most shards, when two have some',
      [member('1', 'a', { owned: [0] }), member('2', 'b', { owned: [1, 2] })],
      ['2'],
      ['1'],
    ],
    [
      'are those of the KafkaExporter that the progress names, when nobody has shards',
      [member('1', 'a'), member('2', 'b', { isRecorded: true }), member('3', 'b')],
      ['2', '3'],
      ['1'],
    ],
    [
      'are those of one KafkaExporter, whichever member decides, when nothing else distinguishes them',
      [member('1', 'b'), member('2', 'a')],
      ['2'],
      ['1'],
    ],
    [
      'include pods of older versions, which name no owner',
      [member('1', ''), member('2', 'a', { owned: [0] }), member('3', 'b')],
      ['1', '2'],
      ['3'],
    ],
    [
      'are all members when none names an owner',
      [member('1', ''), member('2', '')],
      ['1', '2'],
      [],
    ],
  ])('%s', (_name, members, admitted, refused) => {
    const found = admitMembers(members);
    expect(found.admitted.map(({ id }) => id)).toEqual(admitted);
    expect(found.refused.map(({ id }) => id)).toEqual(refused);
    expect(admitMembers(members.toReversed()).owner).toEqual(found.owner);
  });
});
