import type { DataSource } from '../../deepflow/data-sources.ts';
import { ownSecond } from '../schedule/time-layout.ts';
import type { Window } from '../source/source.ts';
import type { DataSourceProgress, ShardPosition } from './exporter-progress.ts';

/**
 * What happens to rows when a shard continues from another second. Undefined: this happens to no
 * row.
 */
interface Changes {
  /** Rows of these seconds that were sent are sent again. */
  readonly again: Window | undefined;
  /**
   * These seconds are before the start. Their rows are sent, also rows that were sent after an
   * earlier start.
   */
  readonly earlier: Window | undefined;
  /** Rows of these seconds that were not sent are never sent. */
  readonly skipped: Window | undefined;
}

/** What a reset does to a data source. Each window covers the windows of all shards. */
export interface ResetEffect extends Changes {
  readonly dataSource: DataSource;
  /** The second from which to continue. */
  readonly to: number;
  /** What happens to the seconds of each shard. Shards to which nothing happens are absent. */
  readonly shards: readonly (Changes & { readonly shard: number })[];
}

/** Computes what happens when a data source continues from the second `to`. */
export function resetEffect(progress: DataSourceProgress, to: number): ResetEffect {
  const changes = progress.shards.map((position) => changesOf(progress, position, to));
  return {
    dataSource: progress.dataSource,
    to,
    again: envelope(changes.map(({ again }) => again)),
    earlier: envelope(changes.map(({ earlier }) => earlier)),
    skipped: envelope(changes.map(({ skipped }) => skipped)),
    shards: changes.filter(({ again, earlier, skipped }) =>
      [again, earlier, skipped].some((window) => window !== undefined),
    ),
  };
}

function changesOf(
  { dataSource, start, layout }: DataSourceProgress,
  { shard, finalTo, sentTo }: ShardPosition,
  to: number,
): ResetEffect['shards'][number] {
  const next = ownSecond({ dataSource, shard, layout }, to);
  return {
    shard,
    again: windowOf(Math.max(next, start), sentTo),
    earlier: windowOf(next, start),
    skipped: windowOf(finalTo, to),
  };
}

function windowOf(from: number, to: number): Window | undefined {
  return from < to ? { from, to } : undefined;
}

function envelope(windows: readonly (Window | undefined)[]): Window | undefined {
  const found = windows.filter((window) => window !== undefined);
  return windowOf(
    Math.min(...found.map(({ from }) => from)),
    Math.max(...found.map(({ to }) => to)),
  );
}
