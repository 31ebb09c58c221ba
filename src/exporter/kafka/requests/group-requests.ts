import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Broker, Coordinator } from 'kafkajs/src/cluster/index.js';
import type { Logger } from 'kafkajs';
import { Coordinators } from './coordinators.ts';

/** A member, as the coordinator of its group knows it. */
export interface Membership {
  readonly group: string;
  /** Empty before the coordinator has given an id. */
  readonly memberId: string;
  readonly generation: number;
}

/** The result of joining a group. */
interface JoinedGroup {
  readonly memberId: string;
  readonly generation: number;
  /**
   * For the leader, which assigns the shards: all members with their metadata. Undefined for other
   * members.
   */
  readonly members: readonly { readonly id: string; readonly metadata: Buffer }[] | undefined;
}

/** The requests of a group member to its coordinator. Each fails with a `KafkaSessionError`. */
export interface GroupRequests {
  /** Waits for the other members, at most as long as a rebalance may take. */
  join(membership: Pick<Membership, 'group' | 'memberId'>, metadata: Buffer): Promise<JoinedGroup>;
  /** Waits for the leader's assignments and returns the member's own. */
  sync(
    membership: Membership,
    assignments: readonly { readonly id: string; readonly assignment: Buffer }[],
  ): Promise<Buffer>;
  heartbeat(membership: Membership): Promise<void>;
  leave(membership: Pick<Membership, 'group' | 'memberId'>): Promise<void>;
  /** Closes the connections of these requests. */
  close(): Promise<void>;
}

/** A member that sends nothing for this long counts as gone, and others get its shards. */
export const SESSION_TIMEOUT_MS = 10_000;
/** How long a rebalance waits for members that have not joined again. */
const REBALANCE_TIMEOUT_MS = 20_000;
const PROTOCOL = 'deepflow-shards';

/**
 * Makes group requests over separate connections. A broker answers the requests of a connection one
 * after the other, so a request that waits for other members would block records.
 */
export function createGroupRequests(cluster: Cluster, logger: Logger): GroupRequests {
  const brokers = new Map<number, Broker>();
  const connect = async ({ nodeId, host, port }: Coordinator): Promise<Broker> => {
    let broker = brokers.get(nodeId);
    const { connectionPool: known } = broker ?? {};
    if (broker === undefined || known?.host !== host || known.port !== port) {
      const connectionPool = await cluster.brokerPool.connectionPoolBuilder.build({ host, port });
      broker = cluster.brokerPool.createBroker({ connectionPool, logger, nodeId });
      brokers.set(nodeId, broker);
    }
    if (!broker.isConnected()) await broker.connect();
    return broker;
  };
  const coordinators = new Coordinators(cluster, 'group', connect);
  return {
    join: async ({ group, memberId }, metadata) => {
      const joined = await coordinators.ask('join the group', group, (broker) =>
        broker.joinGroup({
          groupId: group,
          memberId,
          sessionTimeout: SESSION_TIMEOUT_MS,
          rebalanceTimeout: REBALANCE_TIMEOUT_MS,
          groupProtocols: [{ name: PROTOCOL, metadata }],
        }),
      );
      const isLeader = joined.leaderId === joined.memberId;
      return {
        memberId: joined.memberId,
        generation: joined.generationId,
        members: isLeader
          ? joined.members.map((member) => ({
              id: member.memberId,
              metadata: member.memberMetadata,
            }))
          : undefined,
      };
    },
    sync: async ({ group, memberId, generation }, assignments) => {
      const { memberAssignment } = await coordinators.ask('share the group', group, (broker) =>
        broker.syncGroup({
          groupId: group,
          memberId,
          generationId: generation,
          groupAssignment: assignments.map(({ id, assignment }) => ({
            memberId: id,
            memberAssignment: assignment,
          })),
        }),
      );
      return memberAssignment;
    },
    heartbeat: async ({ group, memberId, generation }) => {
      await coordinators.ask('stay in the group', group, (broker) =>
        broker.heartbeat({ groupId: group, memberId, groupGenerationId: generation }),
      );
    },
    leave: async ({ group, memberId }) => {
      await coordinators.ask('leave the group', group, (broker) =>
        broker.leaveGroup({ groupId: group, memberId }),
      );
    },
    close: async () => {
      await Promise.all([...brokers.values()].map((broker) => broker.disconnect()));
    },
  };
}
