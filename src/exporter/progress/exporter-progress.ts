import type { DataSource } from '../../deepflow/data-sources.ts';
import { type Layout, ownSecond, shardsNow } from '../schedule/time-layout.ts';
import { SentRows } from './sent-rows.ts';
import type { ProgressMessage } from './progress-message.ts';
import { TIME_PLAN_SHARD, timePlanIn } from './time-plan.ts';

/** The progress of a shard in a data source. Seconds are since the Unix epoch. */
export interface ShardPosition {
  readonly shard: number;
  /** The shard's first second that is not final. */
  readonly finalTo: number;
  /** The second after the last second of which rows were sent. `finalTo` when there is none. */
  readonly sentTo: number;
  /** The shard's first second that is not before `sentTo`. Its settled rows before that second were sent. */
  readonly next: number;
  /** How many seconds have sent rows and are not final. */
  readonly openSeconds: number;
  /** How many rows those seconds have. Their hashes are remembered. */
  readonly rememberedRows: number;
}

/** The progress of all shards in a data source that was started. */
export interface DataSourceProgress {
  readonly dataSource: DataSource;
  /** The first second that is exported. */
  readonly start: number;
  readonly layout: Layout;
  readonly shards: readonly ShardPosition[];
}

/** What the checkpoint topic contains. */
export interface Progress {
  /** The time layout. Undefined: nothing was ever exported. */
  readonly layout: Layout | undefined;
  /** The data sources that were started, in the order in which they were requested. */
  readonly dataSources: readonly DataSourceProgress[];
}

/**
 * Sums up the partitions of a checkpoint topic. Each partition is the messages of a shard, oldest
 * first.
 */
export function progressOf(
  partitions: readonly (readonly ProgressMessage[])[],
  dataSources: readonly DataSource[],
): Progress {
  const { layout, starts } = timePlanIn(partitions[TIME_PLAN_SHARD] ?? []);
  const known = partitions.slice(0, shardsNow(layout ?? []));
  return {
    layout,
    dataSources: dataSources.flatMap((dataSource) => {
      const start = starts.get(dataSource);
      if (layout === undefined || start === undefined) return [];
      const positions = known.map((messages, shard) =>
        positionOf(messages, { dataSource, shard, layout }, start),
      );
      return [{ dataSource, start, layout, shards: positions }];
    }),
  };
}

function positionOf(
  messages: readonly ProgressMessage[],
  share: Parameters<typeof ownSecond>[0],
  start: number,
): ShardPosition {
  const sentRows = new SentRows(share.dataSource);
  for (const message of messages) sentRows.apply(message);
  const open = sentRows.openSeconds();
  const finalTo = ownSecond(share, sentRows.done ?? start);
  const sentTo = Math.max(finalTo, ...[...open.keys()].map((second) => second + 1));
  return {
    shard: share.shard,
    finalTo,
    sentTo,
    next: ownSecond(share, sentTo),
    openSeconds: open.size,
    rememberedRows: [...open.values()].reduce((sum, rows) => sum + rows, 0),
  };
}

/** The second before which everything is final: that of the slowest shard. */
export function finalTo({ shards }: DataSourceProgress): number {
  return Math.min(...shards.map((position) => position.finalTo));
}

/** The second before which all settled rows were sent: that of the slowest shard. */
export function sentTo({ shards }: DataSourceProgress): number {
  return Math.min(...shards.map((position) => position.next));
}
