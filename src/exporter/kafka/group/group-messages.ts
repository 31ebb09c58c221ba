import kafkajs from 'kafkajs';
import { z } from 'zod';
import type { Applicant } from '../../delivery/group/admit-members.ts';
import type { ProgressOwner } from '../../progress/progress-message.ts';

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol;

/**
 * The version of the consumer protocol's messages (version 0 of KIP-429), which tools such as
 * kafka-consumer-groups.sh can read.
 */
const PROTOCOL_VERSION = 0;
const VERSION = 1;
const NOTHING = Buffer.alloc(0);
const UNKNOWN_MEMBER = {
  isAble: false,
  shards: 0,
  generation: -1,
  owned: [],
  owner: undefined,
  isRecorded: false,
} as const;

const ownerSchema = z.object({ id: z.string(), name: z.string() });

const memberSchema = z.object({
  version: z.literal(VERSION),
  isAble: z.boolean(),
  shards: z.int().min(0),
  generation: z.int(),
  owned: z.array(z.int().min(0)),
  owner: ownerSchema.optional(),
  isRecorded: z.boolean().default(false),
});

const refusalSchema = z.object({ version: z.literal(VERSION), refusedFor: ownerSchema });

/**
 * Encodes the description of a member: a subscription to the checkpoint topic, and the shards that
 * it owns.
 */
export function encodeMember(topic: string, member: Omit<Applicant, 'id'>): Buffer {
  const userData = Buffer.from(JSON.stringify({ version: VERSION, ...member }));
  return MemberMetadata.encode({ version: PROTOCOL_VERSION, topics: [topic], userData });
}

/**
 * Decodes the description of a member. A description that cannot be decoded comes from another
 * version, and its member owns nothing.
 */
export function decodeMember(id: string, metadata: Buffer): Applicant {
  const parsed = memberSchema.safeParse(
    parseUserData(() => MemberMetadata.decode(metadata)?.userData),
  );
  if (!parsed.success) return { ...UNKNOWN_MEMBER, id };
  const { isAble, shards, generation, owned, owner, isRecorded } = parsed.data;
  return { id, isAble, shards, generation, owned, owner, isRecorded };
}

/** What the leader of the group has decided about a member. */
export interface Assignment {
  readonly shards: readonly number[];
  /** The owner of the progress, if it is another KafkaExporter. Then the member gets no shards. */
  readonly refusedFor?: ProgressOwner | undefined;
}

/** Encodes the shards of a member as partitions of the checkpoint topic. */
export function encodeAssignment(topic: string, { shards, refusedFor }: Assignment): Buffer {
  return MemberAssignment.encode({
    version: PROTOCOL_VERSION,
    assignment: { [topic]: [...shards] },
    userData:
      refusedFor === undefined
        ? NOTHING
        : Buffer.from(JSON.stringify({ version: VERSION, refusedFor })),
  });
}

/** Decodes the shards of a member. Empty when there is no assignment. */
export function decodeAssignment(topic: string, assignment: Buffer): Assignment {
  const decoded = MemberAssignment.decode(assignment);
  const refusal = refusalSchema.safeParse(parseUserData(() => decoded?.userData));
  return {
    shards: decoded?.assignment[topic] ?? [],
    ...(refusal.success ? { refusedFor: refusal.data.refusedFor } : {}),
  };
}

function parseUserData(read: () => Buffer | undefined): unknown {
  try {
    return JSON.parse(read()?.toString() ?? '');
  } catch {
    return undefined;
  }
}
