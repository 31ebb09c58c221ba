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

/** The error of an operation of a session: one that is a session's already stays as it is. */
export function sessionError(operation: string, error: unknown): KafkaSessionError {
  if (error instanceof KafkaSessionError) return error;
  return new KafkaSessionError(operation, kafkaFailure(error), error);
}
