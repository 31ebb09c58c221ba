import type { SimulatedTime } from '../simulated-time.ts';

/** Kafka's names of the errors that a coordinator answers. */
export type GroupError = 'ILLEGAL_GENERATION' | 'REBALANCE_IN_PROGRESS' | 'UNKNOWN_MEMBER_ID';

/** The answer to a member that has joined. */
export interface Joined {
  readonly memberId: string;
  readonly generation: number;
  /** Only the leader gets them. */
  readonly members: readonly { readonly id: string; readonly metadata: Buffer }[] | undefined;
}

interface Member {
  readonly id: string;
  metadata: Buffer;
  heardMs: number;
  /** Set while the member waits until the others have joined; `onSynced` while it waits for the leader's assignments. */
  onJoined: ((joined: Joined | GroupError) => void) | undefined;
  onSynced: ((assignment: Buffer | GroupError) => void) | undefined;
}

const SESSION_TIMEOUT_MS = 10_000;
const REBALANCE_TIMEOUT_MS = 20_000;
const CHECK_MS = 500;

/** The state of one consumer group at its coordinator (Kafka protocol guide, classic groups). */
export class GroupCoordinator {
  readonly #time: SimulatedTime;
  readonly #members = new Map<string, Member>();
  #state: 'empty' | 'joining' | 'syncing' | 'stable' = 'empty';
  #generation = 0;
  #leader = '';
  #joinUntilMs = 0;
  #assignments = new Map<string, Buffer>();
  #names = 0;

  constructor(time: SimulatedTime) {
    this.#time = time;
    this.#lookAgain();
  }

  /** Joins the next generation. It answers when all members have joined, or the rebalance time-out is over. */
  join(memberId: string, metadata: Buffer, answer: (joined: Joined | GroupError) => void): void {
    const known = this.#members.get(memberId);
    if (memberId !== '' && known === undefined) {
      answer('UNKNOWN_MEMBER_ID');
      return;
    }
    const member = known ?? this.#newMember(metadata);
    member.metadata = metadata;
    member.heardMs = this.#time.nowMs;
    member.onJoined = answer;
    if (this.#state !== 'joining') this.#meet();
    this.#joinIfComplete();
  }

  /** The leader sends the assignments; then every member gets its own. */
  sync(
    { memberId, generation }: { readonly memberId: string; readonly generation: number },
    assignments: readonly { readonly id: string; readonly assignment: Buffer }[],
    answer: (assignment: Buffer | GroupError) => void,
  ): void {
    const error = this.#check(memberId, generation);
    const member = this.#members.get(memberId);
    if (error !== undefined || member === undefined) {
      answer(error ?? 'UNKNOWN_MEMBER_ID');
      return;
    }
    member.heardMs = this.#time.nowMs;
    if (this.#state === 'joining') {
      answer('REBALANCE_IN_PROGRESS');
      return;
    }
    member.onSynced = answer;
    if (memberId === this.#leader && this.#state === 'syncing') {
      this.#assignments = new Map(assignments.map(({ id, assignment }) => [id, assignment]));
      this.#state = 'stable';
    }
    if (this.#state !== 'stable') return;
    for (const each of this.#members.values()) {
      each.onSynced?.(this.#assignments.get(each.id) ?? Buffer.alloc(0));
      each.onSynced = undefined;
    }
  }

  /** Records that a member is alive. @returns the error from which the member learns that it must join again. */
  heartbeat(memberId: string, generation: number): GroupError | undefined {
    const error = this.#check(memberId, generation);
    if (error !== undefined) return error;
    const member = this.#members.get(memberId);
    if (member !== undefined) member.heardMs = this.#time.nowMs;
    return this.#state === 'joining' ? 'REBALANCE_IN_PROGRESS' : undefined;
  }

  leave(memberId: string): void {
    if (!this.#members.delete(memberId)) return;
    if (this.#members.size === 0) this.#state = 'empty';
    else if (this.#state === 'joining') this.#joinIfComplete();
    else this.#meet();
  }

  #check(memberId: string, generation: number): GroupError | undefined {
    if (!this.#members.has(memberId)) return 'UNKNOWN_MEMBER_ID';
    return generation === this.#generation ? undefined : 'ILLEGAL_GENERATION';
  }

  #newMember(metadata: Buffer): Member {
    const id = `member-${++this.#names}`;
    const member: Member = {
      id,
      metadata,
      heardMs: this.#time.nowMs,
      onJoined: undefined,
      onSynced: undefined,
    };
    this.#members.set(id, member);
    return member;
  }

  #meet(): void {
    this.#state = 'joining';
    this.#joinUntilMs = this.#time.nowMs + REBALANCE_TIMEOUT_MS;
    for (const member of this.#members.values()) {
      member.onSynced?.('REBALANCE_IN_PROGRESS');
      member.onSynced = undefined;
    }
  }

  #joinIfComplete(): void {
    if (this.#state !== 'joining') return;
    const isLate = this.#time.nowMs >= this.#joinUntilMs;
    if (isLate) {
      for (const { id, onJoined } of this.#members.values()) {
        if (onJoined === undefined) this.#members.delete(id);
      }
    }
    const members = [...this.#members.values()];
    if (members.length === 0 || members.some(({ onJoined }) => onJoined === undefined)) return;
    this.#generation++;
    this.#state = 'syncing';
    this.#leader = members[0]?.id ?? '';
    const all = members.map(({ id, metadata }) => ({ id, metadata }));
    for (const member of members) {
      const answer = member.onJoined;
      member.onJoined = undefined;
      member.heardMs = this.#time.nowMs;
      answer?.({
        memberId: member.id,
        generation: this.#generation,
        members: member.id === this.#leader ? all : undefined,
      });
    }
  }

  /** Removes members that send no heartbeats. A member that waits to join need not send any. */
  #lookAgain(): void {
    this.#time.after(CHECK_MS, () => {
      for (const { id, heardMs, onJoined } of this.#members.values()) {
        const isGone = this.#time.nowMs - heardMs > SESSION_TIMEOUT_MS;
        if (isGone && onJoined === undefined) this.leave(id);
      }
      this.#joinIfComplete();
      this.#lookAgain();
    });
  }
}
