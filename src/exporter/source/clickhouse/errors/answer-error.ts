import { OWN_CODES } from './connection-faults.ts';

/** An answer that is an error, or that is not ClickHouse's. */
export class AnswerError extends Error {
  /** ClickHouse's code as a number in text, or one of `OWN_CODES`; undefined: neither is known. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.name = 'AnswerError';
    this.code = code;
  }
}

/** An address that did not answer within its time. */
export function silentError(ms: number): AnswerError {
  return new AnswerError(`no answer within ${ms / 1000} seconds`, OWN_CODES.silent);
}
