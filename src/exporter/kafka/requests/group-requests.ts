import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Broker, Coordinator } from 'kafkajs/src/cluster/index.js';
import type { Logger } from 'kafkajs';
import { Coordinators } from './coordinators.ts';

/** A member as the coordinator of its group knows it. */
export interface Membership {
  readonly group: string;
  /** Empty before the group has given one. */
  readonly memberId: string;
  readonly generation: number;
}

/** How a group has met. */
interface JoinedGroup {
  readonly memberId: string;
  readonly generation: number;
  /** All members with their metadata for the leader, who deals out; undefined for the others. */
  readonly members: readonly { readonly id: string; readonly metadata: Buffer }[] | undefined;
}

/** The requests of a group's member to its coordinator. Each fails with a `KafkaSessionError`. */
export interface GroupRequests {
  /** Waits for the other members, for as long as a rebalance may take. */
  join(membership: Pick<Membership, 'group' | 'memberId'>, metadata: Buffer): Promise<JoinedGroup>;
  /** Waits for the leader's assignments; answers the member's own. */
  sync(
    membership: Membership,
    assignments: readonly { readonly id: string; readonly assignment: Buffer }[],
  ): Promise<Buffer>;
  heartbeat(membership: Membership): Promise<void>;
  leave(membership: Pick<Membership, 'group' | 'memberId'>): Promise<void>;
  /** Closes the connections of these requests. */
  close(): Promise<void>;
}

/** A member that is not heard of for so long is gone, and others get its shards. */
export const SESSION_TIMEOUT_MS = 10_000;
/** So long a meeting waits for members that know of it and have not come. */
const REBALANCE_TIMEOUT_MS = 20_000;
const PROTOCOL = 'deepflow-shards';

/**
 * Group requests over connections of their own: a broker answers one request of a connection after the other, and
 * one that waits for other members would hold up records.
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
