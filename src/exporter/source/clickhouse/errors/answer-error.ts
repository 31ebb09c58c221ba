import { OWN_CODES } from './connection-faults.ts';

/** An answer that is an error, or that does not come from ClickHouse. */
export class AnswerError extends Error {
  /** ClickHouse's code as a decimal string, or one of `OWN_CODES`. Undefined: no code is known. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.name = 'AnswerError';
    this.code = code;
  }
}

/** The error for an address that did not answer in time. */
export function silentError(ms: number): AnswerError {
  return new AnswerError(`no answer within ${ms / 1000} seconds`, OWN_CODES.silent);
}
