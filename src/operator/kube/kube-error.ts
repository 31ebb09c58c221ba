/** What a failed call means for whoever made it. */
export type KubeFailure =
  /** The resource version is too old for a watch or a page: list anew. */
  | 'expired'
  /** The object changed or exists already. */
  | 'conflict'
  /** The API server refuses the object for what it says. */
  | 'rejected'
  | 'forbidden'
  | 'unauthorized'
  | 'missing'
  /** Too many requests, server errors, broken connections: worth trying again. */
  | 'transient';

/** What the API server or the connection said. */
export interface KubeErrorDetail {
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** `reason` of the API server's Status object, such as NotFound. */
  readonly reason: string;
  readonly message: string;
  /** What the API server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** A call of the Kubernetes API that failed. Its message names the operation, and never a body. */
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

/**
 * What an answer means, by its HTTP status and reason.
 *
 * @see https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#http-status-codes
 */
export function classifyKubeError(detail: KubeErrorDetail): KubeFailure {
  if (detail.reason === 'Expired') return 'expired';
  if (detail.status === undefined) return 'transient';
  return FAILURES[detail.status] ?? 'transient';
}
