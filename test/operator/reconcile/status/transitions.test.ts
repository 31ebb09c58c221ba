import { expect, it } from 'vitest';
import type { KafkaExporterStatus } from '../../../../src/operator/api/kafka-exporter.ts';
import { transitionsOf } from '../../../../src/operator/reconcile/status/transitions.ts';

function status(
  ready: 'True' | 'False',
  reason: string,
  appliedRevision?: number,
  also: KafkaExporterStatus['conditions'] = [],
): KafkaExporterStatus {
  return {
    conditions: [
      {
        type: 'Ready',
        status: ready,
        reason,
        message: 'm',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
      ...also,
    ],
    credentials: {
      desiredRevision: 2,
      ...(appliedRevision === undefined ? {} : { appliedRevision }),
    },
  };
}

const INCOMPLETE = status('True', 'Delivering', 1, [
  {
    type: 'RecordsIncomplete',
    status: 'True',
    reason: 'ColumnsMissing',
    message: 'm',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  },
]);

it.each(['RecordsIncomplete', 'ShardsDiffer', 'TopicShared', 'NotMonitored'] as const)(
  'an Event is written when %s begins, and none while it lasts',
  (type) => {
    const warning = {
      type,
      status: 'True',
      reason: 'R',
      message: 'm',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    } as const;
    const well = status('True', 'Delivering');
    const warned = status('True', 'Delivering', undefined, [warning]);
    expect(transitionsOf(well, warned)).toEqual([{ type: 'Warning', reason: 'R', note: 'm' }]);
    expect(transitionsOf(warned, warned)).toEqual([]);
    expect(transitionsOf(warned, well)).toEqual([]);
  },
);

it.each([
  ['nothing new', status('True', 'Delivering'), status('True', 'Delivering'), []],
  ['ready', {}, status('True', 'Delivering'), ['Normal Delivering']],
  ['in progress', {}, status('False', 'Progressing'), ['Normal Progressing']],
  [
    'broken',
    status('True', 'Delivering'),
    status('False', 'TableMissing'),
    ['Warning TableMissing'],
  ],
  [
    'broken in another way',
    status('False', 'TableMissing'),
    status('False', 'TopicMissing'),
    ['Warning TopicMissing'],
  ],
  [
    'credentials applied',
    status('True', 'Delivering', 1),
    status('True', 'Delivering', 2),
    ['Normal CredentialsApplied'],
  ],
  ['columns missing', status('True', 'Delivering', 1), INCOMPLETE, ['Warning ColumnsMissing']],
  ['columns still missing', INCOMPLETE, INCOMPLETE, []],
])('an Event reports: %s', (...[, previous, next, expected]) => {
  expect(transitionsOf(previous, next).map(({ type, reason }) => `${type} ${reason}`)).toEqual(
    expected,
  );
});
