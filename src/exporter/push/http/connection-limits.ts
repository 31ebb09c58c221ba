/**
 * The limits for clients. A slow client holds a connection and memory for which other clients wait.
 */
export interface ConnectionLimits {
  readonly headersMs: number;
  /** The longest time from the first to the last byte of a request. */
  readonly requestMs: number;
  /** A connection without a request is closed after this time. */
  readonly keepAliveMs: number;
  /** How often the server checks for slow clients. */
  readonly lookEveryMs: number;
  /** The most connections. Further connections are closed at once. */
  readonly connectionsMax: number;
}
