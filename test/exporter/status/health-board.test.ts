import { describe, expect, test } from 'vitest';
import { createHealthBoard } from '../../../src/exporter/status/health-board.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';

const MISSING = { reason: 'TopicMissing', message: 'topic a does not exist' } as const;

describe('the health board', () => {
  test('is not delivering before every announced check has succeeded', () => {
    const board = createHealthBoard(createManualClock(), silentLogger);
    board.expect('topic a');
    board.expect('source b');
    board.ok('source b');
    expect(board.isDelivering()).toBe(false);
    expect(board.reason()).toBe('starting: topic a is not ready yet');
    board.ok('topic a');
    expect(board.isDelivering()).toBe(true);
    expect(board.reason()).toBeUndefined();
  });

  test('says what fails and since when, until it succeeds', async () => {
    const clock = createManualClock(0);
    const board = createHealthBoard(clock, silentLogger);
    board.fail('topic a', MISSING);
    await clock.advance(60_000);
    board.fail('topic a', { ...MISSING, message: 'topic a still does not exist' });
    expect(board.problems()).toEqual([
      {
        reason: 'TopicMissing',
        message: 'topic a still does not exist',
        since: '1970-01-01T00:00:00.000Z',
      },
    ]);
    expect(board.reason()).toBe('TopicMissing: topic a still does not exist');
    board.ok('topic a');
    expect(board.problems()).toEqual([]);
  });

  test('waits with a problem that usually passes, and reports it when it lasts', async () => {
    const clock = createManualClock(0);
    const board = createHealthBoard(clock, silentLogger);
    const loading = { reason: 'KafkaNotReady', message: 'loads', patienceMs: 30_000 } as const;
    board.expect('group');
    board.fail('group', loading);
    await clock.advance(29_000);
    board.fail('group', loading);
    expect(board.problems()).toEqual([]);
    expect(board.reason()).toBe('starting: group is not ready yet');
    await clock.advance(2_000);
    board.fail('group', loading);
    expect(board.problems()).toEqual([
      { reason: 'KafkaNotReady', message: 'loads', since: '1970-01-01T00:00:31.000Z' },
    ]);
    board.ok('group');
    board.fail('group', loading);
    expect(board.isDelivering()).toBe(true);
    board.fail('group', MISSING);
    expect(board.problems()).toMatchObject([MISSING]);
  });

  test('forgets problems of checks that nobody makes any more, and no others', () => {
    const board = createHealthBoard(createManualClock(), silentLogger);
    board.expect('source b');
    board.fail('topic a', MISSING);
    board.fail('topic c', MISSING);
    board.forget((check) => check !== 'topic c');
    expect(board.problems()).toHaveLength(1);
    board.forget((check) => check === 'topic c');
    expect(board.problems()).toEqual([]);
    expect(board.reason()).toBe('starting: source b is not ready yet');
  });

  test('logs a problem once, and its end', () => {
    const logged: string[] = [];
    const log = (level: string) => (fields: unknown) =>
      logged.push(`${level} ${JSON.stringify(fields)}`);
    const board = createHealthBoard(createManualClock(), {
      debug: () => undefined,
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
    });
    for (let i = 0; i < 3; i++) board.fail('topic a', MISSING);
    board.ok('topic a');
    board.ok('topic a');
    expect(logged).toEqual([
      'warn {"check":"topic a","reason":"TopicMissing","problem":"topic a does not exist"}',
      'info {"check":"topic a"}',
    ]);
  });
});
