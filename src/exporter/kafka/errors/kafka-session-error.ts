import { kafkaFailure } from './kafka-error.ts';
import type { KafkaFailure } from './kafka-failure.ts';

/** What a session failed in. */
export class KafkaSessionError extends Error {
  readonly failure: KafkaFailure;

  constructor(operation: string, failure: KafkaFailure, cause?: unknown) {
    super(`${operation}: ${failure.detail}`, { cause });
    this.name = 'KafkaSessionError';
    this.failure = failure;
  }
}

/** The failure that an error of a session, or of kafkajs below it, stands for. */
export function failureOf(error: unknown): KafkaFailure {
  return error instanceof KafkaSessionError ? error.failure : kafkaFailure(error);
}
