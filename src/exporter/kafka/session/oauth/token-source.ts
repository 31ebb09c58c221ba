import type { Clock } from '../../../../lib/clock.ts';
import type { Token } from './request-token.ts';

/** Gives a token that is good now. @throws TokenError when there is none. */
export type TokenSource = () => Promise<string>;

const MS = 1_000;
/** Share of a token's life after which another one is asked for. */
const RENEW_AT = 0.8;

interface Kept {
  readonly value: string;
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

/**
 * Keeps a token until 80 % of its life are over, and asks once for all who wait. A token that cannot be renewed serves
 * until it ends.
 */
export function createTokenSource(clock: Clock, request: () => Promise<Token>): TokenSource {
  let kept: Kept | undefined;
  let asking: Promise<string> | undefined;

  const ask = async (): Promise<string> => {
    const askedMs = clock.monotonicMs();
    try {
      const { expiresInSeconds, value } = await request();
      const lifeMs = expiresInSeconds * MS;
      kept = { value, renewAtMs: askedMs + lifeMs * RENEW_AT, endsAtMs: askedMs + lifeMs };
      return value;
    } catch (error) {
      if (kept !== undefined && clock.monotonicMs() < kept.endsAtMs) return kept.value;
      throw error;
    } finally {
      asking = undefined;
    }
  };

  return () => {
    if (kept !== undefined && clock.monotonicMs() < kept.renewAtMs) {
      return Promise.resolve(kept.value);
    }
    asking ??= ask();
    return asking;
  };
}
