/**
 * The parts of kafkajs 2.2.4 below its public API that the exporter uses. The package is frozen and
 * pinned, and has no `exports` map, so these files are as stable as an API.
 */
declare module 'kafkajs/src/cluster/index.js' {
  import type { Logger } from 'kafkajs';
  import type { Protocol } from 'kafkajs/src/network/protocol.js';

  interface PartitionMetadata {
    readonly partitionErrorCode: number;
    readonly partitionId: number;
    readonly leader: number;
  }

  /** One of a broker's two connections. The second connection is only for Fetch requests. */
  export interface BrokerConnection {
    /** When the connection logged in, by `process.hrtime()`. Null while it is not logged in. */
    readonly authenticatedAt: [number, number] | null;
    /** The lifetime of a login at the broker, in milliseconds. 0: unlimited. */
    readonly sessionLifetime: { readonly value: bigint };
  }

  /** The broker that coordinates a group or a transactional id. */
  export interface Coordinator {
    readonly nodeId: number;
    readonly host: string;
    readonly port: number;
  }

  /** The payload of the event `network.request`, which kafkajs emits for an answered request. */
  export interface RequestEvent {
    readonly apiName: string;
    /** Milliseconds from writing the request to its answer. */
    readonly duration: number;
  }

  /** Where a broker listens. */
  export interface Address {
    readonly host: string;
    readonly port: number;
  }

  /** Makes connections to an address. Without one: to one of the endpoints, in turn. */
  export interface ConnectionPoolBuilder {
    build(address?: Address): Promise<ConnectionPool>;
  }

  /** A broker's two connections. */
  export interface ConnectionPool {
    readonly host: string;
    readonly port: number;
    readonly pool: readonly BrokerConnection[];
    send<T>(protocol: Protocol<T>): Promise<T>;
  }

  export interface Broker {
    readonly nodeId: string | number | null;
    isConnected(): boolean;
    apiVersions(): Promise<unknown>;
    readonly connectionPool: ConnectionPool;
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    metadata(topics: readonly string[]): Promise<{
      topicMetadata: readonly {
        readonly topic: string;
        readonly partitionMetadata: readonly PartitionMetadata[];
      }[];
    }>;
    listOffsets(request: {
      replicaId: number;
      isolationLevel: number;
      topics: readonly {
        topic: string;
        partitions: readonly { partition: number; timestamp: number }[];
      }[];
    }): Promise<{
      responses: readonly { partitions: readonly { partition: number; offset: string }[] }[];
    }>;
    fetch(request: {
      replicaId: number;
      isolationLevel: number;
      maxWaitTime: number;
      minBytes: number;
      maxBytes: number;
      topics: readonly {
        topic: string;
        partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
      }[];
    }): Promise<{
      responses: readonly {
        partitions: readonly {
          partition: number;
          messages: readonly import('./committed-messages.ts').FetchedMessage[];
          abortedTransactions:
            | readonly import('./committed-messages.ts').AbortedTransaction[]
            | null;
        }[];
      }[];
    }>;
    findGroupCoordinator(request: {
      groupId: string;
      coordinatorType: number;
    }): Promise<{ readonly coordinator: Coordinator }>;
    joinGroup(request: {
      groupId: string;
      memberId: string;
      sessionTimeout: number;
      rebalanceTimeout: number;
      groupProtocols: readonly { name: string; metadata: Buffer }[];
    }): Promise<{
      readonly generationId: number;
      readonly leaderId: string;
      readonly memberId: string;
      /** All members for the leader. Empty for other members. */
      readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
    }>;
    syncGroup(request: {
      groupId: string;
      generationId: number;
      memberId: string;
      groupAssignment: readonly { memberId: string; memberAssignment: Buffer }[];
    }): Promise<{ readonly memberAssignment: Buffer }>;
    heartbeat(request: {
      groupId: string;
      groupGenerationId: number;
      memberId: string;
    }): Promise<unknown>;
    leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
    initProducerId(request: {
      transactionalId: string | undefined;
      transactionTimeout: number;
    }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>;
    addPartitionsToTxn(request: {
      transactionalId: string;
      producerId: string;
      producerEpoch: number;
      topics: readonly { topic: string; partitions: readonly number[] }[];
    }): Promise<unknown>;
    endTxn(request: {
      transactionalId: string;
      producerId: string;
      producerEpoch: number;
      transactionResult: boolean;
    }): Promise<unknown>;
    describeConfigs(request: {
      resources: readonly { type: number; name: string; configNames: readonly string[] }[];
    }): Promise<{
      readonly resources: readonly {
        readonly configEntries: readonly {
          readonly configName: string;
          readonly configValue: string | null;
        }[];
      }[];
    }>;
  }

  export default class Cluster {
    constructor(options: {
      logger: Logger;
      socketFactory: unknown;
      brokers: readonly string[];
      ssl: unknown;
      sasl: unknown;
      clientId: string;
      connectionTimeout: number;
      authenticationTimeout: number;
      reauthenticationThreshold: number;
      requestTimeout: number;
      enforceRequestTimeout: boolean;
      metadataMaxAge: number;
      maxInFlightRequests: number | null;
      isolationLevel: number;
      allowAutoTopicCreation: boolean;
      retry: { retries: number };
      instrumentationEmitter: { emit(event: string, payload: RequestEvent): void };
    });
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    refreshMetadata(): Promise<void>;
    findBroker(options: { nodeId: number }): Promise<Broker>;
    findControllerBroker(): Promise<Broker>;
    readonly brokerPool: {
      findConnectedBroker(): Promise<Broker>;
      /** By node id. */
      readonly brokers: Readonly<Record<string, Broker>>;
      readonly seedBroker: Broker | undefined;
      connectionPoolBuilder: ConnectionPoolBuilder;
      createBroker(options: {
        connectionPool: ConnectionPool;
        logger: Logger;
        nodeId: number;
      }): Broker;
    };
  }
}

declare module 'kafkajs/src/network/protocol.js' {
  /** A request and how to read its response. */
  export interface Protocol<T> {
    readonly request: {
      readonly apiKey: number;
      readonly apiVersion: number;
      readonly apiName: string;
      encode(): Promise<import('kafkajs/src/protocol/encoder.js').Payload>;
    };
    readonly response: { decode(payload: Buffer): Promise<T>; parse(data: T): Promise<T> };
  }
}

declare module 'kafkajs/src/protocol/requests/createTopics/v2/request.js' {
  import type { Protocol } from 'kafkajs/src/network/protocol.js';
  export default function createTopics(request: {
    topics: readonly {
      topic: string;
      numPartitions: number;
      replicationFactor: number;
      configEntries: readonly { name: string; value: string }[];
    }[];
    timeout: number;
  }): Protocol<never>['request'];
}

declare module 'kafkajs/src/protocol/requests/createTopics/v2/response.js' {
  /** An answer about topics, with the words of the broker. */
  export interface TopicAnswer {
    readonly topicErrors: readonly {
      readonly topic: string;
      readonly errorCode: number;
      readonly errorMessage: string | null;
    }[];
  }
  const response: { decode(payload: Buffer): Promise<TopicAnswer> };
  export default response;
}

declare module 'kafkajs/src/protocol/requests/createPartitions/v0/request.js' {
  import type { Protocol } from 'kafkajs/src/network/protocol.js';
  export default function createPartitions(request: {
    topicPartitions: readonly { topic: string; count: number }[];
    timeout: number;
  }): Protocol<never>['request'];
}

declare module 'kafkajs/src/protocol/requests/createPartitions/v0/response.js' {
  import type { TopicAnswer } from 'kafkajs/src/protocol/requests/createTopics/v2/response.js';
  const response: { decode(payload: Buffer): Promise<TopicAnswer> };
  export default response;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  /** The bytes after the header of a request. */
  export interface Payload {
    readonly buffer: Buffer;
    size(): number;
  }

  export default class Encoder {
    constructor(initialSize?: number);
    readonly buffer: Buffer;
    size(): number;
    writeEncoder(payload: Payload): Payload;
    writeVarInt(value: number): this;
    writeVarLong(value: number): this;
  }
}

declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net';
  import type { Protocol } from 'kafkajs/src/network/protocol.js';
  import type RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

  export default class Connection {
    constructor(options: {
      host: string;
      port: number;
      logger: import('kafkajs').Logger;
      socketFactory: unknown;
      requestTimeout: number;
      connectionTimeout: number;
      enforceRequestTimeout: boolean;
      ssl?: object | undefined;
    });
    readonly host: string;
    readonly port: number;
    readonly requestQueue: RequestQueue;
    socket: Socket | undefined;
    connectionStatus: 'connected' | 'disconnecting' | 'disconnected';
    authenticatedAt: [number, number] | null;
    /** The handlers of a login that uses no requests (SASL before Kafka 1.0). */
    authHandlers: { onError(): void } | null;
    /**
     * The received bytes of answers that are not parsed yet, and how many bytes the next step
     * needs.
     */
    chunks: Buffer[];
    bytesBuffered: number;
    bytesNeeded: number;
    connect(): Promise<boolean>;
    disconnect(): Promise<boolean>;
    send<T>(protocol: Protocol<T>): Promise<T>;
    rejectRequests(error: Error): void;
  }
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** A request, from its creation to its answer. */
  export interface SocketRequest {
    /** Milliseconds since the Unix epoch. Null before the request is written. */
    readonly sentAt: number | null;
    readonly requestTimeout: number;
    timeoutHandler: () => void;
    timeoutRequest(): void;
  }

  export default class RequestQueue {
    pending: readonly unknown[];
    throttledUntil: number;
    readonly requestTimeout: number;
    readonly enforceRequestTimeout: boolean;
    /** Requests that wait for their answers, by number. */
    readonly inflight: ReadonlyMap<number, SocketRequest>;
    isConnected(): boolean;
    scheduleRequestTimeoutCheck(): void;
    /** Added by the exporter: called when a request was not answered in time. */
    onTimeout?: () => void;
    scheduleCheckPendingRequests(): void;
    createSocketRequest(pushed: unknown): SocketRequest;
    waitForPendingRequests(): Promise<void>;
    destroy(): void;
  }
}

declare module 'kafkajs/src/loggers/index.js' {
  import type { Logger, logCreator } from 'kafkajs';
  export function createLogger(options: { level: number; logCreator: logCreator }): Logger;
  const loggers: { createLogger: typeof createLogger };
  export default loggers;
}
