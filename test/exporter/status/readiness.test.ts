import { describe, expect, test } from 'vitest';
import { createHealthBoard, type HealthBoard } from '../../../src/exporter/status/health-board.ts';
import { notReadyReason } from '../../../src/exporter/status/readiness.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';

const MISSING = { reason: 'TopicMissing', message: 'no topic a', isOfOne: true } as const;
const BOTH = new Map([
  ['one', 'a'],
  ['two', 'b'],
]);
const DOWN = { reason: 'BrokerUnreachable', message: 'no broker' } as const;

function board(): HealthBoard {
  const health = createHealthBoard(createManualClock(), silentLogger);
  health.ok('topic a');
  health.ok('topic b');
  return health;
}

describe('an exporter of two data sources', () => {
  test.each(['topic a', 'delivery to a', 'source one'])(
    'is ready while one of them fails in "%s"',
    (check) => {
      const health = board();
      health.fail(check, MISSING);
      expect(notReadyReason(health, BOTH)).toBeUndefined();
      expect(health.isAble([])).toBe(true);
      expect(health.isDelivering()).toBe(false);
      expect(health.problems()).toMatchObject([{ reason: 'TopicMissing', message: 'no topic a' }]);
    },
  );

  test('is not ready when both fail', () => {
    const health = board();
    health.fail('topic a', MISSING);
    health.fail('delivery to b', MISSING);
    expect(notReadyReason(health, BOTH)).toBe('TopicMissing: no topic a');
  });

  test('is not ready with a problem of all, which is told instead of that of one', () => {
    const health = board();
    health.fail('topic a', MISSING);
    health.fail('kafka session', DOWN);
    expect(notReadyReason(health, BOTH)).toBe('BrokerUnreachable: no broker');
    expect(health.isAble([])).toBe(false);
    expect(health.isAble(['kafka session'])).toBe(true);
  });

  test('is not ready before every check was made', () => {
    const health = board();
    health.expect('source');
    health.fail('topic a', MISSING);
    expect(notReadyReason(health, BOTH)).toBe('starting: source is not ready yet');
  });
});

test('an exporter of one topic is not ready while the topic fails', () => {
  const health = board();
  health.fail('topic a', MISSING);
  expect(notReadyReason(health, new Map([['one', 'a']]))).toBe('TopicMissing: no topic a');
});
