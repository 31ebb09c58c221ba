import type { Clock } from '../../../../lib/clock.ts';
import type { Token } from './request-token.ts';

/** Returns a valid token. @throws TokenError when there is none. */
export type TokenSource = () => Promise<string>;

const MS = 1_000;
/** The part of a token's lifetime after which a new token is requested. */
const RENEW_AT = 0.8;

interface Kept {
  readonly value: string;
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

/**
 * Keeps a token until 80 % of its lifetime has passed. Callers that wait at the same time share one
 * request. A token that cannot be renewed is used until it expires.
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
