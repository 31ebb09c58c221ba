/** A record batch as a broker gets it. */
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

/** What a broker does with a request: an error code answers it, without doing it. */
export type Fate = 'done' | 'done, but the answer is lost' | { readonly errorCode: number };

/** What the brokers of a scripted cluster do; what is absent is done. */
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
  /** Brokers take SASL logins that live so long. What comes in the middle of a login is refused and ends the connection. */
  readonly sasl?: {
    readonly lifetimeMs: number;
    readonly answersAfterMs: number;
    /** So many logins are refused before one is taken. */
    readonly refused?: number;
  };
}
