import type { RecordBatch } from 'apache-arrow';
import type { RecordEncoder } from '../encode/compile-encoder.ts';
import type { Partitioner } from './record-producer.ts';

/**
 * Rows of a batch of columns in the order in which an encoder is bound to them. Rows of one
 * partition follow each other.
 */
export interface RowGroups {
  /** By place: the row of the batch. */
  readonly rows: Int32Array;
  /**
   * In the order of their places. The partition of rows without a key is undefined: any partition
   * is right.
   */
  readonly groups: readonly {
    readonly partition: number | undefined;
    /** The place after the last row of the group. */
    readonly end: number;
  }[];
}

/**
 * Binds an encoder whose records have keys to the rows of a batch, partition by partition. So only
 * one batch of records is filled at a time, however many partitions a topic has. Rows of a
 * partition keep their order.
 */
export function bindByPartition(
  encoder: RecordEncoder,
  { batch, rows }: { readonly batch: RecordBatch; readonly rows: Iterable<number> },
  partitioner: Partitioner,
): RowGroups {
  const { keys } = encoder;
  keys?.bind(batch);
  const byPartition = new Map<number | undefined, number[]>();
  let count = 0;
  for (const row of rows) {
    const key = keys?.of(row);
    const partition = key === undefined ? undefined : partitioner(key);
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
  encoder.bind(batch, grouped);
  return { rows: grouped, groups };
}
