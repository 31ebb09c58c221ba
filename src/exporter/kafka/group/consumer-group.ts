import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { assignShards } from '../../delivery/group/assign-shards.ts';
import { GROUP_CHECK, type ShardGroup, type ShardOwner } from '../../delivery/group/shard-group.ts';
import type { HealthBoard } from '../../status/health-board.ts';
import {
  decodeAssignment,
  decodeMember,
  encodeAssignment,
  encodeMember,
} from './group-messages.ts';
import { type Membership, SESSION_TIMEOUT_MS } from '../requests/group-requests.ts';
import type { KafkaConnection } from '../session/kafka-connection.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import { kafkaProblem } from '../errors/kafka-problem.ts';
import type { KafkaSession } from '../session/kafka-session.ts';
import { failureOf } from '../errors/kafka-session-error.ts';

/** What a member of a group needs. */
export interface ShardGroupDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly health: HealthBoard;
  readonly connection: KafkaConnection;
}

const RETRY: BackoffOptions = { initialMs: 200, maxMs: 3_000 };
const HEARTBEAT_MS = SESSION_TIMEOUT_MS / 4;
/** A coordinator that does not answer need not hold up a pod's end: it finds out by itself. */
const LEAVE_MS = 3_000;
/** A pod that starts is able soon, and spares the group a meeting by waiting for it. */
const ABLE_MS = 5_000;
const ABLE_POLL_MS = 50;
const NO_GENERATION = -1;

/**
 * The consumer group of the checkpoint topic's name, in which the pods of an exporter deal out its shards. Kafka keeps
 * the group; nothing depends on it for exactly-once, since a shard's transactional id fences whoever lost it.
 */
export function createConsumerGroup(deps: ShardGroupDeps, config: ExporterConfig): ShardGroup {
  deps.health.expect(GROUP_CHECK);
  return { run: (owner, signal) => new GroupMember(deps, config, owner).run(signal) };
}

class GroupMember {
  readonly #deps: ShardGroupDeps;
  readonly #kafka: ExporterConfig['kafka'];
  readonly #owner: ShardOwner;
  #membership: Membership;
  /** The meeting that gave the owner what it owns. */
  #ownedSince = NO_GENERATION;
  #wasAble = false;

  constructor(deps: ShardGroupDeps, config: ExporterConfig, owner: ShardOwner) {
    const group = config.kafka.checkpointTopic;
    this.#deps = deps;
    this.#kafka = config.kafka;
    this.#owner = owner;
    this.#membership = { group, memberId: '', generation: NO_GENERATION };
  }

  /** Until `signal` aborts; then it leaves, so that the others need not wait to find out. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, connection, health, random } = this.#deps;
    let isSettled = false;
    let failures = 0;
    await this.#becomeAble(signal);
    while (!signal.aborted) {
      const session = await connection.session(signal);
      if (session === undefined) break;
      try {
        // What the others know of it has changed.
        if (this.#wasAble !== this.#owner.isAble()) isSettled = false;
        if (isSettled) await session.group.heartbeat(this.#membership);
        else isSettled = await this.#meet(session);
        health.ok(GROUP_CHECK);
        failures = 0;
        if (isSettled) await clock.sleep(HEARTBEAT_MS, signal);
      } catch (error) {
        const failure = failureOf(error);
        if (meansToMeet(failure)) {
          isSettled = false;
          // The coordinator gives another name to whom it has forgotten.
          if (isForgotten(failure)) this.#membership = { ...this.#membership, memberId: '' };
          continue;
        }
        health.fail(GROUP_CHECK, kafkaProblem(failure, this.#kafka, this.#membership.group));
        await clock.sleep(backoffMs(RETRY, failures++, random()), signal);
      }
    }
    await this.#leave();
  }

  /** Takes what the group's leader deals out; false: the group has to meet again, for what was let go of. */
  async #meet(session: KafkaSession): Promise<boolean> {
    const { group } = this.#membership;
    const { shards } = this.#owner;
    const owned = this.#owner.owned();
    const isAble = this.#owner.isAble();
    const self = encodeMember(group, { isAble, shards, generation: this.#ownedSince, owned });
    const { memberId, generation, members } = await session.group.join(this.#membership, self);
    this.#membership = { group, memberId, generation };
    const dealt = assignShards(
      members?.map(({ id, metadata }) => decodeMember(id, metadata)) ?? [],
    );
    const assignments = [...dealt].map(([id, own]) => ({
      id,
      assignment: encodeAssignment(group, own),
    }));
    const mine = decodeAssignment(group, await session.group.sync(this.#membership, assignments));
    this.#ownedSince = generation;
    this.#wasAble = isAble;
    this.#deps.logger.info({ shards: mine, members: members?.length }, 'shards assigned');
    return this.#owner.assign(mine);
  }

  async #becomeAble(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const untilMs = clock.monotonicMs() + ABLE_MS;
    while (!this.#owner.isAble() && !signal.aborted && clock.monotonicMs() < untilMs) {
      await clock.sleep(ABLE_POLL_MS, signal);
    }
  }

  async #leave(): Promise<void> {
    const { clock, connection, logger } = this.#deps;
    if (this.#membership.memberId === '') return;
    const left = connection.current()?.group.leave(this.#membership);
    const failed = left?.catch((error: unknown) => {
      logger.debug({ err: error }, 'the group could not be left');
    });
    await Promise.race([failed, clock.sleep(LEAVE_MS)]);
  }
}

/** A member came, went or let go of shards, or the coordinator has lost the group. */
function meansToMeet(failure: KafkaFailure): boolean {
  return failure.detail === 'REBALANCE_IN_PROGRESS' || isForgotten(failure);
}

function isForgotten({ detail }: KafkaFailure): boolean {
  return detail === 'UNKNOWN_MEMBER_ID' || detail === 'ILLEGAL_GENERATION';
}
