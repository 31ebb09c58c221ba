import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CheckpointStore } from './checkpoint-store.ts';

/** Saves checkpoints as they move. */
export interface Checkpointer {
  /** A data source is delivered up to `cursor`. It is saved soon, together with others. */
  moved(dataSource: DataSource, cursor: number): void;
  /** Saves at once what has moved; false when `signal` aborted first. */
  flush(signal: AbortSignal): Promise<boolean>;
}

/** At most one save in this time: a checkpoint a second is as good as one a batch. */
const INTERVAL_MS = 1_000;

/** Saves what has moved every second until `signal` aborts; one save at a time, never backwards. */
export function createCheckpointer(
  deps: { readonly clock: Clock; readonly store: CheckpointStore },
  signal: AbortSignal,
): Checkpointer {
  const saved = new Map<DataSource, number>();
  const latest = new Map<DataSource, number>();
  let lastSave: Promise<boolean> = Promise.resolve(true);

  const saveMoved = async (abort: AbortSignal): Promise<boolean> => {
    const moved = new Map([...latest].filter(([source, cursor]) => saved.get(source) !== cursor));
    if (moved.size === 0) return true;
    const isSaved = await deps.store.save(moved, abort);
    if (isSaved) for (const [source, cursor] of moved) saved.set(source, cursor);
    return isSaved;
  };
  const flush = (abort: AbortSignal): Promise<boolean> => {
    lastSave = lastSave.then(() => saveMoved(abort));
    return lastSave;
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await flush(signal);
      await deps.clock.sleep(INTERVAL_MS, signal);
    }
  };
  void run();

  return {
    moved: (dataSource, cursor) => {
      if (cursor > (latest.get(dataSource) ?? -1)) latest.set(dataSource, cursor);
    },
    flush,
  };
}
