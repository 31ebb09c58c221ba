import kafkajs from 'kafkajs';
import { z } from 'zod';
import type { GroupMember } from '../../delivery/group/assign-shards.ts';

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol;

/** Version of the consumer protocol's messages (KIP-429 calls it 0): tools such as kafka-consumer-groups.sh read it. */
const PROTOCOL_VERSION = 0;
const VERSION = 1;
const NOTHING = Buffer.alloc(0);

const memberSchema = z.object({
  version: z.literal(VERSION),
  isAble: z.boolean(),
  shards: z.int().min(0),
  generation: z.int(),
  owned: z.array(z.int().min(0)),
});

/** What a member says of itself: a subscription to the checkpoint topic, and its part of the shards. */
export function encodeMember(topic: string, member: Omit<GroupMember, 'id'>): Buffer {
  const userData = Buffer.from(JSON.stringify({ version: VERSION, ...member }));
  return MemberMetadata.encode({ version: PROTOCOL_VERSION, topics: [topic], userData });
}

/** Reads a member back. One that cannot be read owns nothing: another version wrote it. */
export function decodeMember(id: string, metadata: Buffer): GroupMember {
  const parsed = memberSchema.safeParse(parseUserData(metadata));
  if (!parsed.success) return { id, isAble: false, shards: 0, generation: -1, owned: [] };
  const { isAble, shards, generation, owned } = parsed.data;
  return { id, isAble, shards, generation, owned };
}

/** A member's shards, as partitions of the checkpoint topic. */
export function encodeAssignment(topic: string, shards: readonly number[]): Buffer {
  return MemberAssignment.encode({
    version: PROTOCOL_VERSION,
    assignment: { [topic]: [...shards] },
    userData: NOTHING,
  });
}

/** Reads a member's shards back; none when there is no assignment. */
export function decodeAssignment(topic: string, assignment: Buffer): readonly number[] {
  return MemberAssignment.decode(assignment)?.assignment[topic] ?? [];
}

function parseUserData(metadata: Buffer): unknown {
  try {
    return JSON.parse(MemberMetadata.decode(metadata)?.userData.toString() ?? '');
  } catch {
    return undefined;
  }
}
