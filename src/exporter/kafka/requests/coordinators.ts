import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Broker, Coordinator } from 'kafkajs/src/cluster/index.js';
import { isPassing } from '../errors/kafka-error.ts';
import { failureOf, KafkaSessionError } from '../errors/kafka-session-error.ts';

/** The types of coordinators in a FindCoordinator request (KIP-98). */
const TYPES = { group: 0, transaction: 1 } as const;

/** Errors that do not mean that the coordinator is wrong. */
const NORMAL: ReadonlySet<string> = new Set(['CONCURRENT_TRANSACTIONS', 'REBALANCE_IN_PROGRESS']);

/**
 * Knows the brokers that coordinate groups or transactional ids. Each is looked up once, and again
 * after an error.
 */
export class Coordinators {
  readonly #cluster: Cluster;
  readonly #type: keyof typeof TYPES;
  readonly #connect: (coordinator: Coordinator) => Promise<Broker>;
  readonly #known = new Map<string, Coordinator>();

  /** `connect` returns a broker whose connection is open, or is opened by its first request. */
  constructor(
    cluster: Cluster,
    type: keyof typeof TYPES,
    connect: (coordinator: Coordinator) => Promise<Broker>,
  ) {
    this.#cluster = cluster;
    this.#type = type;
    this.#connect = connect;
  }

  /**
   * Sends a request to the coordinator of a group or transactional id.
   *
   * @throws KafkaSessionError
   */
  async ask<T>(
    operation: string,
    name: string,
    request: (broker: Broker) => Promise<T>,
  ): Promise<T> {
    try {
      return await request(await this.#connect(await this.#find(name)));
    } catch (error) {
      const failure = failureOf(error);
      const isNormal = NORMAL.has(failure.detail);
      if (!isNormal) this.#known.delete(name);
      if (isPassing(failure) && !isNormal) {
        void this.#cluster.refreshMetadata().catch(() => undefined);
      }
      throw new KafkaSessionError(`${operation} ${name}`, failure, error);
    }
  }

  async #find(name: string): Promise<Coordinator> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const any = await this.#cluster.brokerPool.findConnectedBroker();
    const { coordinator } = await any.findGroupCoordinator({
      groupId: name,
      coordinatorType: TYPES[this.#type],
    });
    this.#known.set(name, coordinator);
    return coordinator;
  }
}
