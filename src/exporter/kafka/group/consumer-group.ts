import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import type { Problem } from '../../contract/status-report.ts';
import { admitMembers, type Applicant } from '../../delivery/group/admit-members.ts';
import { assignShards } from '../../delivery/group/assign-shards.ts';
import { GROUP_CHECK, type ShardGroup, type ShardOwner } from '../../delivery/group/shard-group.ts';
import type { ProgressOwner } from '../../progress/progress-message.ts';
import type { HealthBoard } from '../../status/health-board.ts';
import {
  type Assignment,
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
/**
 * How long a pod waits for the coordinator when it leaves. Without an answer, the coordinator
 * notices by itself that the pod has gone.
 */
const LEAVE_MS = 3_000;
/**
 * How long a new pod waits before it joins the group, until it has reached Kafka and ClickHouse.
 * This saves a rebalance.
 */
const ABLE_MS = 5_000;
const ABLE_POLL_MS = 50;
const NO_GENERATION = -1;

/**
 * The consumer group in which the pods of an exporter share its shards. It has the name of the
 * checkpoint topic. Exactly-once delivery does not depend on the group, since the transactional id
 * of a shard fences an owner that has lost the shard.
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
  /** The generation of the group that assigned the owner's shards. */
  #ownedSince = NO_GENERATION;
  #wasAble = false;
  /** The KafkaExporter that owns the progress, while it is another one. */
  #refusedFor: ProgressOwner | undefined = undefined;

  constructor(deps: ShardGroupDeps, config: ExporterConfig, owner: ShardOwner) {
    const group = config.kafka.checkpointTopic;
    this.#deps = deps;
    this.#kafka = config.kafka;
    this.#owner = owner;
    this.#membership = { group, memberId: '', generation: NO_GENERATION };
  }

  /**
   * Runs until `signal` aborts. Then it leaves the group, so that the other members do not wait for
   * a time-out.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, connection, health, random } = this.#deps;
    let isSettled = false;
    let failures = 0;
    await this.#becomeAble(signal);
    while (!signal.aborted) {
      const session = await connection.session(signal);
      if (session === undefined) break;
      try {
        // The description of this member has changed, so the group must rebalance.
        if (this.#wasAble !== this.#owner.isAble()) isSettled = false;
        if (isSettled) await session.group.heartbeat(this.#membership);
        else isSettled = await this.#meet(session);
        this.#report();
        failures = 0;
        if (isSettled) await clock.sleep(HEARTBEAT_MS, signal);
      } catch (error) {
        const failure = failureOf(error);
        if (meansToMeet(failure)) {
          isSettled = false;
          // The coordinator has forgotten this member and will give it a new id.
          if (isForgotten(failure)) this.#membership = { ...this.#membership, memberId: '' };
          continue;
        }
        health.fail(GROUP_CHECK, kafkaProblem(failure, this.#kafka, this.#membership.group));
        await clock.sleep(backoffMs(RETRY, failures++, random()), signal);
      }
    }
    await this.#leave();
  }

  /**
   * Joins the group and takes the shards that the leader assigns. False: the group must rebalance
   * again, since this member has released shards.
   */
  async #meet(session: KafkaSession): Promise<boolean> {
    const { group } = this.#membership;
    const { shards, progressOwner, isRecorded } = this.#owner;
    const owned = this.#owner.owned();
    const isAble = this.#owner.isAble();
    const self = encodeMember(group, {
      isAble,
      shards,
      generation: this.#ownedSince,
      owned,
      owner: progressOwner,
      isRecorded,
    });
    const { memberId, generation, members } = await session.group.join(this.#membership, self);
    this.#membership = { group, memberId, generation };
    const decided = decide(members?.map(({ id, metadata }) => decodeMember(id, metadata)) ?? []);
    const assignments = [...decided].map(([id, each]) => ({
      id,
      assignment: encodeAssignment(group, each),
    }));
    const mine = decodeAssignment(group, await session.group.sync(this.#membership, assignments));
    this.#ownedSince = generation;
    this.#wasAble = isAble;
    this.#refusedFor = mine.refusedFor;
    this.#deps.logger.info({ shards: mine.shards, members: members?.length }, 'shards assigned');
    return this.#owner.assign(mine.shards);
  }

  #report(): void {
    const { health } = this.#deps;
    if (this.#refusedFor === undefined) health.ok(GROUP_CHECK);
    else
      health.fail(GROUP_CHECK, ownerProblem(this.#membership.group, this.#refusedFor, this.#owner));
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
      logger.debug({ err: error }, 'leaving the consumer group failed');
    });
    await Promise.race([failed, clock.sleep(LEAVE_MS)]);
  }
}

/** What the leader of the group decides about each member. */
function decide(members: readonly Applicant[]): ReadonlyMap<string, Assignment> {
  const { admitted, refused, owner } = admitMembers(members);
  const shards = [...assignShards(admitted)].map(([id, own]) => [id, { shards: own }] as const);
  const refusals = refused.map(({ id }) => [id, { shards: [], refusedFor: owner }] as const);
  return new Map<string, Assignment>([...shards, ...refusals]);
}

/** The problem of a pod whose checkpoint topic holds the progress of another KafkaExporter. */
function ownerProblem(
  topic: string,
  owner: ProgressOwner,
  { progressOwner }: ShardOwner,
): Omit<Problem, 'since'> {
  return {
    reason: 'ProgressOwnedByAnother',
    message: `the progress in the checkpoint topic ${topic} belongs to the KafkaExporter ${owner.name}, whose pods run, so the KafkaExporter ${progressOwner?.name ?? ''} must not use it: give one of them another spec.delivery.checkpointTopic, or, if they are of two clusters, give the operators different values of --installation. If the other one is not needed any longer, delete it, and this one continues its progress`,
  };
}

/**
 * True when the group must rebalance: a member came, left or released shards, or the coordinator
 * has lost the group.
 */
function meansToMeet(failure: KafkaFailure): boolean {
  return failure.detail === 'REBALANCE_IN_PROGRESS' || isForgotten(failure);
}

function isForgotten({ detail }: KafkaFailure): boolean {
  return detail === 'UNKNOWN_MEMBER_ID' || detail === 'ILLEGAL_GENERATION';
}
