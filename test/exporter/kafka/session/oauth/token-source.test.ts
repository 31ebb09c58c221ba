import { describe, expect, test } from 'vitest';
import { TokenError } from '../../../../../src/exporter/kafka/errors/token-error.ts';
import { createTokenSource } from '../../../../../src/exporter/kafka/session/oauth/token-source.ts';
import { createManualClock } from '../../../../lib/manual-clock.ts';

const DOWN = new TokenError({ reason: 'TokenEndpointUnreachable', detail: 'down' });

function sourceUnderTest() {
  const clock = createManualClock();
  const endpoint = { asked: 0, isUp: true };
  const token = createTokenSource(clock, async () => {
    endpoint.asked++;
    await clock.sleep(10);
    if (!endpoint.isUp) throw DOWN;
    return { value: `token ${endpoint.asked}`, expiresInSeconds: 100 };
  });
  const now = async (): Promise<string> => {
    const asked = token().catch(() => 'none');
    await clock.advance(10);
    return asked;
  };
  return { clock, endpoint, now, token };
}

describe('a token', () => {
  test.each([
    [0, 'token 1'],
    [79_000, 'token 1'],
    [80_000, 'token 2'],
    [200_000, 'token 2'],
  ])('%d ms after the first is %s', async (afterMs, expected) => {
    const { clock, now } = sourceUnderTest();
    await now();
    await clock.advance(afterMs);
    expect(await now()).toBe(expected);
  });

  test('is requested once for all callers that wait', async () => {
    const { clock, endpoint, token } = sourceUnderTest();
    const all = Promise.all([token(), token(), token()]);
    await clock.advance(10);
    expect(await all).toEqual(['token 1', 'token 1', 'token 1']);
    expect(endpoint.asked).toBe(1);
  });

  test('that cannot be renewed is used until it expires', async () => {
    const { clock, endpoint, now } = sourceUnderTest();
    await now();
    endpoint.isUp = false;
    await clock.advance(90_000);
    expect(await now()).toBe('token 1');
    await clock.advance(10_000);
    expect(await now()).toBe('none');
    endpoint.isUp = true;
    expect(await now()).toBe('token 4');
  });
});
