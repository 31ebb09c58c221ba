/** What a failed call means for the caller. */
export type KubeFailure =
  /** The resource version is too old, or newer than all that the API server has: list again. */
  | 'expired'
  /** The object has changed or exists already. */
  | 'conflict'
  /** The API server refuses the content of the object. */
  | 'rejected'
  | 'forbidden'
  | 'unauthorized'
  | 'missing'
  /** Too many requests, a server error or a broken connection: try again. */
  | 'transient';

/** The error that the API server or the connection reported. */
export interface KubeErrorDetail {
  /** HTTP status; undefined if there was no answer. */
  readonly status: number | undefined;
  /** `reason` of the API server's Status object, such as NotFound. */
  readonly reason: string;
  readonly message: string;
  /** How long the API server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** A failed call of the Kubernetes API. Its message names the operation, and never contains a body. */
export class KubeError extends Error {
  readonly detail: KubeErrorDetail;
  readonly failure: KubeFailure;

  constructor(operation: string, detail: KubeErrorDetail, cause?: unknown) {
    const why = cause instanceof Error ? ` (${cause.message})` : '';
    super(`${operation}: ${detail.message}${why}`, { cause });
    this.name = 'KubeError';
    this.detail = detail;
    this.failure = classifyKubeError(detail);
  }
}

const FAILURES: Readonly<Record<number, KubeFailure>> = {
  400: 'rejected',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'missing',
  409: 'conflict',
  410: 'expired',
  413: 'rejected',
  422: 'rejected',
};

/** The API server is behind the resource version, for example because its etcd was restored from a backup. */
const VERSION_TOO_LARGE = 'Too large resource version';

/** Server-side apply answers 500 for a field that Kubernetes does not have, or that has another type. */
const NOT_IN_SCHEMA = 'failed to create typed patch object';

/**
 * What an error means, from its HTTP status, reason and message.
 *
 * @see https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#http-status-codes
 */
export function classifyKubeError(detail: KubeErrorDetail): KubeFailure {
  if (detail.reason === 'Expired' || detail.message.includes(VERSION_TOO_LARGE)) return 'expired';
  if (detail.message.includes(NOT_IN_SCHEMA)) return 'rejected';
  if (detail.status === undefined) return 'transient';
  return FAILURES[detail.status] ?? 'transient';
}
