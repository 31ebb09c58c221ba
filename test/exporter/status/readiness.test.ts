import { describe, expect, test } from 'vitest';
import { createHealthBoard, type HealthBoard } from '../../../src/exporter/status/health-board.ts';
import { notReadyReason } from '../../../src/exporter/status/readiness.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';

const MISSING = { reason: 'TopicMissing', message: 'no topic a', isOfTopic: true } as const;
const DOWN = { reason: 'BrokerUnreachable', message: 'no broker' } as const;

function board(): HealthBoard {
  const health = createHealthBoard(createManualClock(), silentLogger);
  health.ok('topic a');
  health.ok('topic b');
  return health;
}

describe('an exporter of two topics', () => {
  test.each(['topic a', 'delivery to a'])('is ready while one topic fails in "%s"', (check) => {
    const health = board();
    health.fail(check, MISSING);
    expect(notReadyReason(health, ['a', 'b'])).toBeUndefined();
    expect(health.isAble([])).toBe(true);
    expect(health.isDelivering()).toBe(false);
    expect(health.problems()).toMatchObject([{ reason: 'TopicMissing', message: 'no topic a' }]);
  });

  test('is not ready when both topics fail', () => {
    const health = board();
    health.fail('topic a', MISSING);
    health.fail('delivery to b', MISSING);
    expect(notReadyReason(health, ['a', 'b'])).toBe('TopicMissing: no topic a');
  });

  test('is not ready with a problem of all topics, which is told instead of that of one', () => {
    const health = board();
    health.fail('topic a', MISSING);
    health.fail('kafka session', DOWN);
    expect(notReadyReason(health, ['a', 'b'])).toBe('BrokerUnreachable: no broker');
    expect(health.isAble([])).toBe(false);
    expect(health.isAble(['kafka session'])).toBe(true);
  });

  test('is not ready before every check was made', () => {
    const health = board();
    health.expect('source');
    health.fail('topic a', MISSING);
    expect(notReadyReason(health, ['a', 'b'])).toBe('starting: source is not ready yet');
  });
});

test('an exporter of one topic is not ready while the topic fails', () => {
  const health = board();
  health.fail('topic a', MISSING);
  expect(notReadyReason(health, ['a'])).toBe('TopicMissing: no topic a');
});
