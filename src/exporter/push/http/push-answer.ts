import { REJECTED_MAX, type RejectedLine } from '../rows/row-collector.ts';
import type { UnknownColumn } from '../rows/unknown-columns.ts';

/** An answer to a request. */
export interface PushAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What happened to the lines of a body. */
export interface PushResult {
  readonly accepted: number;
  readonly filtered: number;
  /** The first of them, in the order of their lines. */
  readonly rejected: readonly RejectedLine[];
  readonly rejectedTotal: number;
  /** The first names in lines that the table does not have. */
  readonly unknownColumns: readonly UnknownColumn[];
}

const RETRY_AFTER_SECONDS = '5';

/**
 * The answer when Kafka has all accepted records. The status is 400 when every line was rejected.
 */
export function resultAnswer({
  accepted,
  filtered,
  rejected,
  rejectedTotal,
  unknownColumns,
}: PushResult): PushAnswer {
  const isAllBad = rejectedTotal > 0 && accepted === 0 && filtered === 0;
  return {
    status: isAllBad ? 400 : 200,
    headers: {},
    body: {
      accepted,
      filtered,
      rejected: rejected.slice(0, REJECTED_MAX).map(({ line, reason }) => ({ line, reason })),
      rejectedTotal,
      ...(unknownColumns.length === 0 ? {} : { unknownColumns }),
    },
  };
}

/** The answer when nothing of the body is in Kafka. `error` says why. */
export function errorAnswer(
  status: number,
  error: string,
  headers: PushAnswer['headers'] = {},
): PushAnswer {
  return { status, headers, body: { error } };
}

/** The answer when nothing of the body is in Kafka and the same request may succeed soon. */
export function busyAnswer(error: string): PushAnswer {
  return errorAnswer(503, error, { 'retry-after': RETRY_AFTER_SECONDS });
}
