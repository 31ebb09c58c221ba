/**
 * Tells whether a message of a partition comes for the first time. A consumer reads messages again when its group is dealt
 * out anew before it has committed them, for example because the group's coordinator was lost.
 */
export function createFirstReadings(): (partition: number, offset: string) => boolean {
  const next = new Map<number, bigint>();
  return (partition, offset) => {
    const read = BigInt(offset);
    if (read < (next.get(partition) ?? 0n)) return false;
    next.set(partition, read + 1n);
    return true;
  };
}
