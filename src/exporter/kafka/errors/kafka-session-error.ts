import { kafkaFailure } from './kafka-error.ts';
import type { KafkaFailure } from './kafka-failure.ts';

/** An operation of a session failed. */
export class KafkaSessionError extends Error {
  readonly failure: KafkaFailure;

  constructor(operation: string, failure: KafkaFailure, cause?: unknown) {
    super(`${operation}: ${failure.detail}`, { cause });
    this.name = 'KafkaSessionError';
    this.failure = failure;
  }
}

/** The failure for an error of a session or of kafkajs. */
export function failureOf(error: unknown): KafkaFailure {
  return error instanceof KafkaSessionError ? error.failure : kafkaFailure(error);
}

/**
 * Wraps an error of an operation in a `KafkaSessionError`. An error that already is one is returned
 * unchanged.
 */
export function sessionError(operation: string, error: unknown): KafkaSessionError {
  if (error instanceof KafkaSessionError) return error;
  return new KafkaSessionError(operation, kafkaFailure(error), error);
}
