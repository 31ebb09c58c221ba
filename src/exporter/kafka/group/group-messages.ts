import kafkajs from 'kafkajs';
import { z } from 'zod';
import type { GroupMember } from '../../delivery/group/assign-shards.ts';

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol;

/**
 * The version of the consumer protocol's messages (version 0 of KIP-429), which tools such as
 * kafka-consumer-groups.sh can read.
 */
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

/**
 * Encodes the description of a member: a subscription to the checkpoint topic, and the shards that
 * it owns.
 */
export function encodeMember(topic: string, member: Omit<GroupMember, 'id'>): Buffer {
  const userData = Buffer.from(JSON.stringify({ version: VERSION, ...member }));
  return MemberMetadata.encode({ version: PROTOCOL_VERSION, topics: [topic], userData });
}

/**
 * Decodes the description of a member. A description that cannot be decoded comes from another
 * version, and its member owns nothing.
 */
export function decodeMember(id: string, metadata: Buffer): GroupMember {
  const parsed = memberSchema.safeParse(parseUserData(metadata));
  if (!parsed.success) return { id, isAble: false, shards: 0, generation: -1, owned: [] };
  const { isAble, shards, generation, owned } = parsed.data;
  return { id, isAble, shards, generation, owned };
}

/** Encodes the shards of a member as partitions of the checkpoint topic. */
export function encodeAssignment(topic: string, shards: readonly number[]): Buffer {
  return MemberAssignment.encode({
    version: PROTOCOL_VERSION,
    assignment: { [topic]: [...shards] },
    userData: NOTHING,
  });
}

/** Decodes the shards of a member. Empty when there is no assignment. */
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
