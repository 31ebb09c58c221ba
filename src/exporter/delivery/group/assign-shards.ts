/** A pod of an exporter, as it describes itself when the group rebalances. */
export interface GroupMember {
  readonly id: string;
  /**
   * True once this pod has reached everything that it needs. In a pod of a broken rollout it is
   * never true.
   */
  readonly isAble: boolean;
  /** How many shards there are, as far as this member knows. */
  readonly shards: number;
  /**
   * The generation of the group that assigned the owned shards. When two members claim a shard, the
   * member with the later generation owns it.
   */
  readonly generation: number;
  /** The shards that this member exports now. */
  readonly owned: readonly number[];
}

/**
 * Assigns shards to members evenly. A member keeps its shards, unless it has more than its
 * equal part. Neighbouring shards go to different members: they have neighbouring blocks of time, so all
 * members have work at any time. A shard that has to move is assigned to no member until its owner has released it and the
 * group rebalances again (as in KIP-429). So no member interrupts a transaction of another member,
 * and the other members continue meanwhile. Members that are not able get no shards, unless no
 * member is able.
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

/** When two members claim a shard, one of them has not learnt yet that it lost the shard. */
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

/** The members that own most shards get the remainder, so shards do not move without need. */
function byOwned(owned: ReadonlyMap<string, number[]>): readonly [string, number[]][] {
  return [...owned].toSorted(([idA, a], [idB, b]) => b.length - a.length || (idA < idB ? -1 : 1));
}

function quotaOf(
  place: number,
  { count, members }: { readonly count: number; readonly members: number },
): number {
  return Math.floor(count / members) + (place < count % members ? 1 : 0);
}

/** The shards that are assigned to a member so far, and how many it may have. */
interface OpenShare {
  readonly id: string;
  readonly quota: number;
  readonly shards: number[];
}

/** Picks `count` of the shards, evenly over their range. */
function spread(shards: readonly number[], count: number): number[] {
  const sorted = shards.toSorted((a, b) => a - b);
  if (sorted.length <= count) return sorted;
  return Array.from(
    { length: count },
    (_, i) => sorted[Math.floor((i * sorted.length) / count)] ?? 0,
  );
}

/**
 * The member that gets a shard: of the members that may have more shards, the one whose own shards are farthest away.
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
