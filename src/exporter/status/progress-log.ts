import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';

/** What the log reads. The counters start at 0 and only grow. */
export interface ProgressSources {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Records that Kafka has stored. */
  readonly recordsExported: () => number;
  /** Compressed bytes of the batches of these records. */
  readonly bytesExported: () => number;
  /** Records that wait for Kafka now. */
  readonly recordsQueued: () => number;
  /** The age of the oldest record that is not delivered. Undefined: not known, or records are pushed. */
  readonly lagSeconds: () => number | undefined;
  /** The shards that this pod has now. */
  readonly shards: () => readonly unknown[];
}

const LINE_MS = 60_000;

/** Logs one line a minute with what was delivered in it, until `signal` aborts: the log shows that the exporter works. */
export function logProgress(sources: ProgressSources, signal: AbortSignal): void {
  const { bytesExported, clock, lagSeconds, logger, recordsExported, recordsQueued } = sources;
  const run = async (): Promise<void> => {
    for (let records = recordsExported(), bytes = bytesExported(); ; ) {
      await clock.sleep(LINE_MS, signal);
      if (signal.aborted) return;
      const [allRecords, allBytes] = [recordsExported(), bytesExported()];
      const lag = lagSeconds();
      const line = {
        records: allRecords - records,
        bytes: allBytes - bytes,
        ...(lag === undefined ? {} : { lagSeconds: Math.round(lag) }),
        queuedRecords: recordsQueued(),
        shards: sources.shards().length,
      };
      logger.info(line, 'delivered in the last minute');
      [records, bytes] = [allRecords, allBytes];
    }
  };
  void run();
}
