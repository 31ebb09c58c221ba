/** kafkajs's own decoder, as an independent check of what the exporter writes. */
declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer);
    readInt32(): number;
  }
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';
  export default function decode(decoder: Decoder): Promise<{
    readonly partitionLeaderEpoch: number;
    readonly producerId: string;
    readonly maxTimestamp: string;
    readonly records: readonly {
      readonly key: Buffer | null;
      readonly value: Buffer;
      readonly timestamp: string;
      readonly offset: string;
    }[];
  }>;
}

declare module 'kafkajs/src/errors.js' {
  type Options = Readonly<Record<string, unknown>>;
  type ErrorClass = new (error: unknown, options?: Options | readonly Error[]) => Error;
  const errors: Readonly<
    Record<
      | 'KafkaJSAggregateError'
      | 'KafkaJSConnectionError'
      | 'KafkaJSNonRetriableError'
      | 'KafkaJSNumberOfRetriesExceeded'
      | 'KafkaJSProtocolError'
      | 'KafkaJSSASLAuthenticationError',
      ErrorClass
    >
  >;
  export default errors;
}

declare module 'kafkajs/src/producer/partitioners/default/murmur2.js' {
  export default function murmur2(key: Buffer): number;
}

declare module 'kafkajs/src/producer/eosManager/index.js' {
  interface EosManager {
    initProducerId(): Promise<void>;
    getSequence(topic: string, partition: number): number;
    updateSequence(topic: string, partition: number, increment: number): void;
  }
  export default function createEosManager(options: {
    logger: unknown;
    cluster: unknown;
    transactional: boolean;
  }): EosManager;
}

declare module 'kafkajs/src/protocol/error.js' {
  const protocolError: { createErrorFromCode(code: number): Error };
  export default protocolError;
}
