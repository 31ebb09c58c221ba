import { createRecentMap } from '../../../lib/recent-map.ts';
import type { Transition } from './transitions.ts';

/** One Event and its repetitions. */
export interface EventSeries {
  readonly note: string;
  /** How often it has happened, also when that was not written. */
  count: number;
  /** Name of the Event in the cluster; undefined: it is not written yet. */
  name: string | undefined;
}

/** Decides which Event an occurrence belongs to, and whether it is written. */
export interface EventSeriesBook {
  /**
   * Counts an occurrence.
   *
   * @param uid of the object that it is about.
   * @param nowMs monotonic milliseconds.
   * @returns the series to write; undefined: the object has had too many Events.
   */
  observe(uid: string, occurrence: Transition, nowMs: number): EventSeries | undefined;
}

/** Series, and objects, that are remembered. The ones that were not used for the longest time are forgotten. */
const REMEMBERED_MAX = 4_096;

/** Events of one object that can be written at once, as in client-go. */
const BURST = 25;

/** After this time, an object can have one Event more. */
const REFILL_MS = 300_000;

/** Different notes of one reason that have their own Event within `SIMILAR_MS`. Further ones share one. */
const NOTES_MAX = 10;
const SIMILAR_MS = 600_000;
const COMBINED = '(combined from similar events): ';

/**
 * A book without entries. It limits Events as client-go does: repetitions become a series of one Event, many different notes of
 * one reason share an Event, and each object has a bucket of writes that fills slowly.
 *
 * @see https://github.com/kubernetes/client-go/blob/master/tools/record/events_cache.go
 */
export function createEventSeriesBook(): EventSeriesBook {
  const series = createRecentMap<string, EventSeries>(REMEMBERED_MAX);
  const similar = createRecentMap<string, Similar>(REMEMBERED_MAX);
  const buckets = createRecentMap<string, Bucket>(REMEMBERED_MAX);
  return {
    observe: (uid, { type, reason, note }, nowMs) => {
      const kind = [uid, type, reason];
      const own = isOwnEvent(
        similar.use(JSON.stringify(kind), () => ({ notes: new Set(), lastMs: nowMs })),
        { note, nowMs },
      );
      const found = series.use(JSON.stringify(own ? [...kind, note] : kind), () => ({
        note: own ? note : `${COMBINED}${note}`,
        count: 0,
        name: undefined,
      }));
      found.count += 1;
      const bucket = buckets.use(uid, () => ({ tokens: BURST, atMs: nowMs }));
      return takesToken(bucket, nowMs) ? found : undefined;
    },
  };
}

interface Similar {
  readonly notes: Set<string>;
  lastMs: number;
}

function isOwnEvent(
  known: Similar,
  { note, nowMs }: { readonly note: string; readonly nowMs: number },
): boolean {
  if (nowMs - known.lastMs > SIMILAR_MS) known.notes.clear();
  known.lastMs = nowMs;
  if (known.notes.size < NOTES_MAX) known.notes.add(note);
  return known.notes.has(note);
}

interface Bucket {
  tokens: number;
  atMs: number;
}

function takesToken(bucket: Bucket, nowMs: number): boolean {
  bucket.tokens = Math.min(BURST, bucket.tokens + (nowMs - bucket.atMs) / REFILL_MS);
  bucket.atMs = nowMs;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}
