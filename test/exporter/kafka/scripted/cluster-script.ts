/** A record batch, as a broker receives it. */
export interface ProducedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly broker: number;
  readonly producerId: number;
  readonly epoch: number;
  readonly firstSequence: number;
  /** The records' values. */
  readonly values: readonly string[];
}

/** What a broker does with a request. With an error code, it answers the error and does nothing. */
export type Fate = 'done' | 'done, but the answer is lost' | { readonly errorCode: number };

/** What the brokers of a scripted cluster do. Requests without a script are done. */
export interface Script {
  readonly brokers?: number;
  readonly onProduce?: (
    batch: ProducedBatch,
    cluster: {
      readonly leaders: Map<string, number[]>;
      readonly stored: readonly ProducedBatch[];
    },
  ) => Fate | Promise<Fate>;
  readonly onEndTransaction?: () => Fate;
  /**
   * Brokers accept SASL logins with this lifetime. A request during a login is refused and ends the
   * connection.
   */
  readonly sasl?: {
    readonly lifetimeMs: number;
    readonly answersAfterMs: number;
    /** How many logins are refused before one is accepted. */
    readonly refused?: number;
  };
}
