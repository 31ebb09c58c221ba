import type { Random } from '../../faults/random.ts';
import type { SimulatedTime } from '../simulated-time.ts';
import { type Wire, WireError } from './connection.ts';
import { GroupCoordinator } from './group-coordinator.ts';
import { PartitionLog } from './partition-log.ts';
import { ProduceQuota } from './quota.ts';
import type { StoredRecord } from './record-batches.ts';
import { type PartitionName, TransactionCoordinator } from './transaction-coordinator.ts';

/** A partition of a topic. */
export interface Target {
  readonly topic: string;
  readonly partition: number;
}

interface Partition {
  readonly log: PartitionLog;
  leader: number;
}

const LATENCY_MS = [0.2, 3] as const;
const MARKER_MS = [1, 20] as const;
/** How long the election of a leader takes. */
const ELECTION_MS = 1_500;

/**
 * A model of a Kafka cluster, with all on which an exporter depends: leaders, idempotent and transactional producers,
 * epochs, time-outs, the last stable offset, compaction, quotas, one consumer group, and a network that loses and delays
 * messages.
 */
export class KafkaModel implements Wire {
  readonly time: SimulatedTime;
  readonly brokers: number;
  readonly transactions: TransactionCoordinator;
  readonly group: GroupCoordinator;
  readonly quotas: readonly ProduceQuota[];
  readonly #random: Random;
  readonly #topics = new Map<string, Partition[]>();
  readonly #downUntilMs: number[];
  #lostShare = 0;
  #slowFactor = 1;
  /** Coordinators are loading their state, and answer no requests, before this time. */
  #loadingUntilMs = 0;

  constructor(time: SimulatedTime, random: Random, brokers: number) {
    this.time = time;
    this.brokers = brokers;
    this.#random = random;
    this.#downUntilMs = Array.from({ length: brokers }, () => 0);
    this.quotas = this.#downUntilMs.map(() => new ProduceQuota(time));
    this.group = new GroupCoordinator(time);
    this.transactions = new TransactionCoordinator({
      time,
      markerMs: () => random.between(...MARKER_MS) * this.#slowFactor,
      mark: (name, producerId, epoch, isCommit) => {
        this.#named(name).log.mark(producerId, epoch, isCommit);
      },
    });
  }

  latencyMs(): number {
    return this.#random.between(...LATENCY_MS) * this.#slowFactor;
  }

  isLost(): boolean {
    return this.#random.next() < this.#lostShare;
  }

  isDown(broker: number): boolean {
    return this.time.nowMs < (this.#downUntilMs[broker] ?? 0);
  }

  /** Creates a topic, or adds the partitions that an existing topic lacks. */
  createTopic(topic: string, partitions: number): void {
    const known = this.#topics.get(topic) ?? [];
    const count = Math.max(known.length, partitions);
    this.#topics.set(
      topic,
      Array.from(
        { length: count },
        (_, i) => known[i] ?? { log: new PartitionLog(), leader: i % this.brokers },
      ),
    );
  }

  /** How many partitions a topic has. @throws WireError when it is missing. */
  partitionCount(topic: string): number {
    return this.#partitions(topic).length;
  }

  /** The broker that leads a partition. */
  leaderOf({ topic, partition }: Target): number {
    return this.#partitions(topic)[partition]?.leader ?? 0;
  }

  /** The broker that coordinates groups and transactional ids now. @throws WireError while it loads them. */
  coordinator(): number {
    if (this.time.nowMs < this.#loadingUntilMs) {
      throw new WireError('KafkaJSProtocolError', 'COORDINATOR_NOT_AVAILABLE');
    }
    const alive = this.#downUntilMs.findIndex((_, broker) => !this.isDown(broker));
    return Math.max(0, alive);
  }

  /** The log of a partition, at its leader. @throws WireError when `broker` does not lead it. */
  logAt(broker: number, { topic, partition }: Target): PartitionLog {
    const found = this.#partitions(topic)[partition];
    if (found?.leader !== broker) {
      throw new WireError('KafkaJSProtocolError', 'NOT_LEADER_OR_FOLLOWER');
    }
    return found.log;
  }

  /** The records of a topic that a consumer of committed records reads. */
  committed(topic: string): readonly StoredRecord[] {
    return this.#partitions(topic).flatMap(({ log }) => log.committed());
  }

  /** Stops a broker for some milliseconds. Other brokers become the leaders of its partitions. */
  stopBroker(broker: number, ms: number): void {
    this.#downUntilMs[broker] = this.time.nowMs + ms;
    this.#loadingUntilMs = this.time.nowMs + ELECTION_MS;
    this.time.after(ELECTION_MS, () => {
      for (const partitions of this.#topics.values()) {
        for (const each of partitions) {
          if (each.leader === broker) each.leader = (broker + 1) % this.brokers;
        }
      }
    });
  }

  /** Sets the share of requests and of answers that get lost, 0 to 1. */
  lose(share: number): void {
    this.#lostShare = share;
  }

  /** Multiplies the time of every later request by this factor. */
  slowDown(factor: number): void {
    this.#slowFactor = factor;
  }

  /** Sets the quota of every broker, in bytes a second; undefined removes it. */
  setQuota(bytesPerSecond: number | undefined): void {
    for (const quota of this.quotas) quota.bytesPerSecond = bytesPerSecond;
  }

  /** Compacts a topic. */
  compact(topic: string): void {
    for (const { log } of this.#topics.get(topic) ?? []) log.compact();
  }

  #partitions(topic: string): readonly Partition[] {
    const partitions = this.#topics.get(topic);
    if (partitions === undefined) {
      throw new WireError('KafkaJSProtocolError', 'UNKNOWN_TOPIC_OR_PARTITION');
    }
    return partitions;
  }

  #named(name: PartitionName): Partition {
    const [topic = '', number = ''] = name.split(' ');
    const partition = this.#partitions(topic)[Number(number)];
    if (partition === undefined) throw new Error(`there is no partition ${name}`);
    return partition;
  }
}
