/** Rows of a batch, those of a partition behind each other. */
export interface RowGroups {
  readonly rows: Int32Array;
  /** In the order of their rows; the partition of rows without a key is undefined: any will do. */
  readonly groups: readonly {
    readonly partition: number | undefined;
    /** Place in `rows` behind the last one of the group. */
    readonly end: number;
  }[];
}

/** Groups rows by partition, and leaves their order within a group as it is. */
export function groupRows(
  rows: Iterable<number>,
  partitionOf: (row: number) => number | undefined,
): RowGroups {
  const byPartition = new Map<number | undefined, number[]>();
  let count = 0;
  for (const row of rows) {
    const partition = partitionOf(row);
    const group = byPartition.get(partition);
    if (group === undefined) byPartition.set(partition, [row]);
    else group.push(row);
    count++;
  }
  const grouped = new Int32Array(count);
  let end = 0;
  const groups = [...byPartition].map(([partition, group]) => {
    grouped.set(group, end);
    end += group.length;
    return { partition, end };
  });
  return { rows: grouped, groups };
}
