import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Broker } from 'kafkajs/src/cluster/index.js';
import { failureOf } from '../errors/kafka-session-error.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import { Coordinators } from './coordinators.ts';
import type { GroupRequests } from './group-requests.ts';
import { produceRequest, type TopicPartition } from './produce-request.ts';
import { brokerFailure } from '../errors/kafka-error.ts';

/**
 * Asks brokers what the user may do, with requests that they refuse in any case and that change nothing. Brokers check the
 * right first, so the error shows whether the user has it. Each returns the refusal of the right, and undefined when the user
 * has it or the brokers do not say.
 */
export interface RightsProbes {
  /** Write on a topic: a Produce request without a batch. */
  write(topic: string): Promise<KafkaFailure | undefined>;
  /** Read on a topic: a Fetch request for one byte. */
  read(topic: string): Promise<KafkaFailure | undefined>;
  /** Read on a group: a Heartbeat of a member that does not exist. */
  join(group: string): Promise<KafkaFailure | undefined>;
  /** Write on a transactional id: an InitProducerId request with a time-out that is not allowed (KIP-98). */
  transact(transactionalId: string): Promise<KafkaFailure | undefined>;
}

/** What probes need of a session. */
export interface RightsProbesDeps {
  readonly cluster: Cluster;
  readonly leaderOf: (target: TopicPartition) => Promise<Broker>;
  readonly group: Pick<GroupRequests, 'heartbeat'>;
}

const NO_BATCH = { bytes: Buffer.alloc(0), headroom: 0 };
const TIMEOUT_MS = 5_000;
const NO_TIMEOUT_MS = 0;
const NO_GENERATION = -1;
const READ_COMMITTED = 1;

/** Makes probes over the connections of a session. */
export function createRightsProbes({ cluster, group, leaderOf }: RightsProbesDeps): RightsProbes {
  const coordinators = new Coordinators(cluster, 'transaction', ({ nodeId }) =>
    cluster.findBroker({ nodeId }),
  );
  return {
    write: (topic) =>
      refusal(async () => {
        const target = { topic, partition: 0 };
        const leader = await leaderOf(target);
        const request = produceRequest(target, NO_BATCH, { timeoutMs: TIMEOUT_MS });
        const { errorCode, said } = await leader.connectionPool.send(request);
        return errorCode === 0 ? undefined : brokerFailure(errorCode, said);
      }),
    read: (topic) =>
      refusal(async () => {
        const leader = await leaderOf({ topic, partition: 0 });
        await leader.fetch({
          replicaId: -1,
          isolationLevel: READ_COMMITTED,
          maxWaitTime: 0,
          minBytes: 0,
          maxBytes: 1,
          topics: [{ topic, partitions: [{ partition: 0, fetchOffset: '0', maxBytes: 1 }] }],
        });
        return undefined;
      }),
    join: (name) =>
      refusal(async () => {
        await group.heartbeat({ group: name, memberId: '', generation: NO_GENERATION });
        return undefined;
      }),
    transact: (transactionalId) =>
      refusal(async () => {
        await coordinators.ask('probe', transactionalId, (broker) =>
          broker.initProducerId({ transactionalId, transactionTimeout: NO_TIMEOUT_MS }),
        );
        return undefined;
      }),
  };
}

async function refusal(
  probe: () => Promise<KafkaFailure | undefined>,
): Promise<KafkaFailure | undefined> {
  const failure = await probe().catch((error: unknown) => failureOf(error));
  return failure?.reason === 'KafkaAuthorizationFailed' ? failure : undefined;
}
