import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Layout, Period } from '../schedule/time-layout.ts';
import type { ProgressMessage } from './progress-message.ts';

/** The shard whose partition of the checkpoint topic says how time is shared and where it starts. */
export const TIME_PLAN_SHARD = 0;

/** What a shard's partition says, and a way to add to it. */
export interface OwnPartition {
  readonly messages: readonly ProgressMessage[];
  readonly commit: (messages: readonly ProgressMessage[]) => Promise<void>;
}

/** How time is shared between shards, and where it starts: data sources that nobody has started are absent. */
export interface TimePlan {
  readonly layout: Layout;
  readonly starts: ReadonlyMap<DataSource, number>;
}

/** How time is shared and where it starts, as far as the plan's partition says it. */
export function timePlanIn(messages: readonly ProgressMessage[]): {
  readonly layout: Layout | undefined;
  /** A period that is to come; undefined: none. */
  readonly next: Period | undefined;
  readonly starts: ReadonlyMap<DataSource, number>;
} {
  let layout: Layout | undefined;
  let next: Period | undefined;
  const starts = new Map<DataSource, number>();
  for (const message of messages) {
    if (message.kind === 'layout') ({ periods: layout, next } = message);
    if (message.kind === 'start') starts.set(message.dataSource, message.second);
  }
  return { layout, next, starts };
}
