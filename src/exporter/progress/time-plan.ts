import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Layout, Period } from '../schedule/time-layout.ts';
import type { ProgressMessage } from './progress-message.ts';

/** The shard whose partition of the checkpoint topic holds the time plan. */
export const TIME_PLAN_SHARD = 0;

/** The messages in a shard's partition, and a way to add messages to it. */
export interface OwnPartition {
  readonly messages: readonly ProgressMessage[];
  readonly commit: (messages: readonly ProgressMessage[]) => Promise<void>;
}

/**
 * The time layout, and the start of each data source. Data sources that were never started are
 * absent.
 */
export interface TimePlan {
  readonly layout: Layout;
  readonly starts: ReadonlyMap<DataSource, number>;
}

/** The time plan, as far as these messages of its partition contain it. */
export function timePlanIn(messages: readonly ProgressMessage[]): {
  readonly layout: Layout | undefined;
  /** The period that is announced. Undefined: none. */
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
