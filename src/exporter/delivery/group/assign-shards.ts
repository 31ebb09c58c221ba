/** A pod of an exporter, as it describes itself when the group meets. */
export interface GroupMember {
  readonly id: string;
  /** True once everything that exporting needs was well: a pod that a rollout has broken never gets there. */
  readonly isAble: boolean;
  /** How many shards there are, as far as it knows. */
  readonly shards: number;
  /** The meeting that gave it what it owns: later ones are right about who owns what. */
  readonly generation: number;
  /** Shards that it exports now. */
  readonly owned: readonly number[];
}

/**
 * Deals shards out to members, evenly, and leaves with each what it owns as far as that is even. Neighbouring shards go to
 * different members, since they have neighbouring blocks of time: so all members have work at any time. A shard that has to
 * move is given to nobody until its owner has let go of it and the group meets again (as in KIP-429): so no member
 * interrupts another one's transaction, and the others go on meanwhile. Members that are not able get none, unless
 * nobody is.
 *
 * @returns the shards of every member, in order.
 */
export function assignShards(
  members: readonly GroupMember[],
): ReadonlyMap<string, readonly number[]> {
  const count = Math.max(0, ...members.map(({ shards }) => shards));
  const owners = ownersOf(members);
  const owned = new Map(members.map(({ id }): [string, number[]] => [id, []]));
  for (const [shard, id] of owners) if (shard < count) owned.get(id)?.push(shard);
  const assigned = new Map<string, readonly number[]>();
  const free = Array.from({ length: count }, (_, shard) => shard).filter(
    (shard) => !owners.has(shard),
  );
  const able = members.filter(({ isAble }) => isAble);
  const takers = new Set((able.length === 0 ? members : able).map(({ id }) => id));
  for (const id of owned.keys()) if (!takers.has(id)) assigned.set(id, []);
  const inOrder = byOwned(owned).filter(([id]) => takers.has(id));
  const open: OpenShare[] = [];
  for (const [place, [id, shards]] of inOrder.entries()) {
    const quota = quotaOf(place, { count, members: takers.size });
    open.push({ id, quota, shards: spread(shards, quota) });
  }
  for (const shard of free) farthestFrom(shard, open, count)?.shards.push(shard);
  for (const { id, shards } of open) {
    assigned.set(
      id,
      shards.toSorted((a, b) => a - b),
    );
  }
  return assigned;
}

/** Where two claim a shard, one of them has not heard yet that it lost it. */
function ownersOf(members: readonly GroupMember[]): ReadonlyMap<number, string> {
  const owners = new Map<number, string>();
  const newestFirst = members.toSorted(
    (a, b) => b.generation - a.generation || (a.id < b.id ? -1 : 1),
  );
  for (const { id, owned } of newestFirst) {
    for (const shard of owned) if (!owners.has(shard)) owners.set(shard, id);
  }
  return owners;
}

/** Who owns most may own one more than the others: so nothing moves to and fro. */
function byOwned(owned: ReadonlyMap<string, number[]>): readonly [string, number[]][] {
  return [...owned].toSorted(([idA, a], [idB, b]) => b.length - a.length || (idA < idB ? -1 : 1));
}

function quotaOf(
  place: number,
  { count, members }: { readonly count: number; readonly members: number },
): number {
  return Math.floor(count / members) + (place < count % members ? 1 : 0);
}

/** What a member has by now, and how many shards it may have. */
interface OpenShare {
  readonly id: string;
  readonly quota: number;
  readonly shards: number[];
}

/** So many of the shards, from all over their range. */
function spread(shards: readonly number[], count: number): number[] {
  const sorted = shards.toSorted((a, b) => a - b);
  if (sorted.length <= count) return sorted;
  return Array.from(
    { length: count },
    (_, i) => sorted[Math.floor((i * sorted.length) / count)] ?? 0,
  );
}

/**
 * The member that gets a shard: of those that may have more, the one whose own shards are farthest away. Neighbouring shards
 * have neighbouring blocks of time, so a member with a stretch of them would work while all others have nothing to do.
 */
function farthestFrom(
  shard: number,
  members: readonly OpenShare[],
  count: number,
): OpenShare | undefined {
  const distance = ({ shards }: OpenShare): number =>
    Math.min(
      Infinity,
      ...shards.map((own) =>
        Math.min((shard - own + count) % count, (own - shard + count) % count),
      ),
    );
  return members
    .filter(({ quota, shards }) => shards.length < quota)
    .toSorted((a, b) => distance(b) - distance(a) || a.shards.length - b.shards.length)[0];
}
