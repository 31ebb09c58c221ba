/** When a pipeline ends. */
export interface StopSignals {
  /** Ends reading; what has been read is still delivered. */
  readonly stopReading: AbortSignal;
  /** Ends everything at once; what is not delivered is read again after the next start. */
  readonly giveUp: AbortSignal;
}
