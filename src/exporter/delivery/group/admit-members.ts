import type { ProgressOwner } from '../../progress/progress-message.ts';
import type { GroupMember } from './assign-shards.ts';

/** A pod that applies for shards. */
export interface Applicant extends GroupMember {
  /** The KafkaExporter of this pod. Undefined: not known. */
  readonly owner: ProgressOwner | undefined;
  /** True: when this pod started, the progress named its KafkaExporter as the owner. */
  readonly isRecorded: boolean;
}

/** The members that may have shards, and those that may not. */
export interface Admission {
  readonly admitted: readonly GroupMember[];
  readonly refused: readonly Applicant[];
  /** The owner of the progress. Undefined: no member names an owner. */
  readonly owner: ProgressOwner | undefined;
}

/**
 * Decides whose progress the members of a group share. Only members of one KafkaExporter may have
 * shards, since others export other data. It is the KafkaExporter whose members have shards already, else the
 * one that the progress names as its owner. So a KafkaExporter whose pods have all gone is
 * succeeded, and a second one is refused while pods of the first one run. Members that name no
 * owner are of an older version, and are admitted.
 */
export function admitMembers(members: readonly Applicant[]): Admission {
  const claims = new Map<string, Claim>();
  for (const { owner, isRecorded, owned } of members) {
    if (owner === undefined) continue;
    const claim = claims.get(owner.id) ?? { owner, shards: 0, isRecorded: false };
    const shards = claim.shards + owned.length;
    claims.set(owner.id, { owner, shards, isRecorded: claim.isRecorded || isRecorded });
  }
  const owner = [...claims.values()].toSorted(byStrength)[0]?.owner;
  const isAdmitted = (member: Applicant): boolean =>
    member.owner === undefined || member.owner.id === owner?.id;
  return {
    admitted: members.filter(isAdmitted),
    refused: members.filter((member) => !isAdmitted(member)),
    owner,
  };
}

interface Claim {
  readonly owner: ProgressOwner;
  /** How many shards its members have. */
  readonly shards: number;
  /** True: the progress names this owner. */
  readonly isRecorded: boolean;
}

function byStrength(a: Claim, b: Claim): number {
  const byRecord = Number(b.isRecorded) - Number(a.isRecorded);
  return b.shards - a.shards || byRecord || (a.owner.id < b.owner.id ? -1 : 1);
}
