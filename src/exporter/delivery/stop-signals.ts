/** When a pipeline ends. */
export interface StopSignals {
  /** Ends reading; what has been read is still delivered. */
  readonly stopReading: AbortSignal;
  /** Ends everything at once. Rows that are not delivered are read again after the next start. */
  readonly giveUp: AbortSignal;
}
