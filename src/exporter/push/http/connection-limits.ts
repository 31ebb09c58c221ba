/** What a client gets to send its request: a slower one holds a connection and memory that others wait for. */
export interface ConnectionLimits {
  readonly headersMs: number;
  /** From its first byte to its last. */
  readonly requestMs: number;
  /** A connection without a request is closed after it. */
  readonly keepAliveMs: number;
  /** How often slow clients are looked for. */
  readonly lookEveryMs: number;
  /** Further connections are closed as soon as they are made. */
  readonly connectionsMax: number;
}
