import type { KafkaFailure } from './kafka-failure.ts';

/** Why there is no token. Its message never holds a secret. */
export class TokenError extends Error {
  readonly failure: KafkaFailure;

  constructor(failure: KafkaFailure, cause?: unknown) {
    super(failure.detail, { cause });
    this.name = 'TokenError';
    this.failure = failure;
  }
}
