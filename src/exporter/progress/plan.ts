import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Layout } from '../schedule/time-layout.ts';
import type { ProgressMessage } from './progress-message.ts';

/** What a shard's partition says, and a way to add to it. */
export interface OwnPartition {
  readonly messages: readonly ProgressMessage[];
  readonly commit: (messages: readonly ProgressMessage[]) => Promise<void>;
}

/** How time is shared between shards, and where it starts: data sources that nobody has started are absent. */
export interface Plan {
  readonly layout: Layout;
  readonly starts: ReadonlyMap<DataSource, number>;
}
