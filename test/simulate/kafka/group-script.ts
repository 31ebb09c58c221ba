import {
  decodeAssignment,
  decodeMember,
  encodeAssignment,
  encodeMember,
} from '../../../src/exporter/kafka/group/group-messages.ts';
import { isPassing } from '../../../src/exporter/kafka/errors/kafka-error.ts';
import { failureOf } from '../../../src/exporter/kafka/errors/kafka-session-error.ts';
import type { Membership } from '../../../src/exporter/kafka/requests/group-requests.ts';
import type { KafkaSession } from '../../../src/exporter/kafka/session/kafka-session.ts';
import type { Transcript } from './session-script.ts';

/** A session for each of two members, and the name of a group that does not exist yet. */
export interface GroupSessions {
  readonly first: KafkaSession;
  readonly second: KafkaSession;
  readonly group: string;
  readonly sleep: (ms: number) => Promise<void>;
}

/** After this time, the coordinator has received a request that it has not answered yet. */
const SEEN_MS = 500;
const TRIES_MAX = 20;

/** Two members join a group, get shards, and one leaves. @returns the answers that they got, a line for each request. */
export async function runGroupScript({
  first,
  second,
  group,
  sleep,
}: GroupSessions): Promise<Transcript> {
  const lines: string[] = [];
  /** Tries again while a new cluster has no coordinator yet. */
  const whenFound = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (let i = 0; ; i++) {
      try {
        return await ask();
      } catch (error) {
        const isLoading = isPassing(failureOf(error));
        if (!isLoading || i === TRIES_MAX) throw error;
        await sleep(SEEN_MS);
      }
    }
  };
  const say = (name: string, text: string): void => {
    lines.push(`${name}: ${text}`);
  };
  const join = async (session: KafkaSession, name: string, memberId = ''): Promise<Membership> => {
    const ask = (): ReturnType<typeof session.group.join> =>
      session.group.join({ group, memberId }, metadataOf(group, name));
    const joined = await whenFound(ask);
    const heard = (joined.members ?? []).map(({ id, metadata }) => nameOf(id, metadata)).toSorted();
    say(name, `joined, generation ${joined.generation}, leads ${heard.join(' and ') || 'nobody'}`);
    return { group, memberId: joined.memberId, generation: joined.generation };
  };
  const heartbeat = async (session: KafkaSession, name: string, own: Membership): Promise<void> => {
    const answer = session.group.heartbeat(own).then(
      () => 'lives',
      (error: unknown) => failureOf(error).detail,
    );
    say(name, await answer);
  };
  /** Sends heartbeats until one is answered with an error: the request that causes the rebalance takes time to arrive. */
  const untilRebalance = async (session: KafkaSession, own: Membership): Promise<void> => {
    for (let i = 0; i < TRIES_MAX; i++) {
      const detail = await session.group.heartbeat(own).then(
        () => '',
        (error: unknown) => failureOf(error).detail,
      );
      if (detail !== '') {
        say('first', detail);
        return;
      }
      await sleep(SEEN_MS);
    }
    say('first', 'is not told to meet');
  };

  const alone = await join(first, 'first');
  const own = { id: alone.memberId, assignment: encodeAssignment(group, { shards: [0, 1] }) };
  say('first', `gets ${shardsIn(group, await first.group.sync(alone, [own]))}`);
  await heartbeat(first, 'first', alone);
  await heartbeat(first, 'older', { ...alone, generation: alone.generation - 1 });
  await heartbeat(first, 'stranger', { ...alone, memberId: 'stranger' });

  const joining = join(second, 'second');
  await untilRebalance(first, alone);
  const again = await join(first, 'first', alone.memberId);
  const other = await joining;
  const assignments = [
    { id: again.memberId, assignment: encodeAssignment(group, { shards: [0] }) },
    { id: other.memberId, assignment: encodeAssignment(group, { shards: [1] }) },
  ];
  const waiting = second.group.sync(other, []);
  await sleep(SEEN_MS);
  say('first', `gets ${shardsIn(group, await first.group.sync(again, assignments))}`);
  say('second', `gets ${shardsIn(group, await waiting)}`);

  await second.group.leave(other);
  await untilRebalance(first, again);
  return lines.toSorted();
}

/** Members of this group have no names: the number of shards in the metadata of a member says which one it is. */
const NAMES = ['first', 'second'];

function metadataOf(group: string, name: string): Buffer {
  const shards = NAMES.indexOf(name);
  const unowned = { owned: [], owner: undefined, isRecorded: false };
  return encodeMember(group, { isAble: true, shards, generation: 0, ...unowned });
}

function nameOf(id: string, metadata: Buffer): string {
  return NAMES[decodeMember(id, metadata).shards] ?? 'a stranger';
}

function shardsIn(group: string, assignment: Buffer): string {
  return decodeAssignment(group, assignment).shards.join(' and ');
}
