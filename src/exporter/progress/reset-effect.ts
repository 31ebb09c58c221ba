import type { DataSource } from '../../deepflow/data-sources.ts';
import { ownSecond } from '../schedule/time-layout.ts';
import type { Window } from '../source/source.ts';
import type { DataSourceProgress, ShardPosition } from './exporter-progress.ts';

/** What becomes of rows when a shard goes on from another second; undefined: of none. */
interface Changes {
  /** What was sent of these seconds is sent once more. */
  readonly again: Window | undefined;
  /** They lie before the start: they are sent, also what an earlier start has sent of them. */
  readonly earlier: Window | undefined;
  /** What was not sent of them never is. */
  readonly skipped: Window | undefined;
}

/** What a reset does to a data source: windows that hold those of all shards. */
export interface ResetEffect extends Changes {
  readonly dataSource: DataSource;
  /** The second to go on from. */
  readonly to: number;
  /** What happens to the shards' own seconds; shards to which nothing happens are absent. */
  readonly shards: readonly (Changes & { readonly shard: number })[];
}

/** What happens when a data source goes on from the second `to`. */
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
