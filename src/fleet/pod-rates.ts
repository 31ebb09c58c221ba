import type { PodReading } from './fleet-reading.ts';

/** What a pod does in a second, from two readings of it. */
export interface PodRates {
  readonly records: number;
  readonly bytes: number;
  readonly retries: number;
  /** Cores of CPU. */
  readonly cpuSeconds: number;
}

/** The rates of a pod. Undefined: it has not answered twice. */
export function podRates(pod: PodReading, before: readonly PodReading[]): PodRates | undefined {
  const pair = countersOf(pod, before);
  if (pair === undefined) return undefined;
  const { earlier, now, seconds } = pair;
  const rate = (name: keyof PodRates): number => grown(now[name], earlier[name]) / seconds;
  return {
    records: rate('records'),
    bytes: rate('bytes'),
    retries: rate('retries'),
    cpuSeconds: rate('cpuSeconds'),
  };
}

/** Records per second of a pod by data source. Undefined: it has not answered twice. */
export function podRatesBySource(
  pod: PodReading,
  before: readonly PodReading[],
): ReadonlyMap<string, number> | undefined {
  const pair = countersOf(pod, before);
  if (pair === undefined) return undefined;
  const { earlier, now, seconds } = pair;
  return new Map(
    [...now.parts.records].map(([dataSource, records]) => {
      return [dataSource, grown(records, earlier.parts.records.get(dataSource) ?? 0) / seconds];
    }),
  );
}

type Counters = NonNullable<PodReading['counters']>;

function countersOf(
  { counters: now, uid }: PodReading,
  before: readonly PodReading[],
): { readonly now: Counters; readonly earlier: Counters; readonly seconds: number } | undefined {
  const earlier = before.find((pod) => pod.uid === uid)?.counters;
  if (now === undefined || earlier === undefined) return undefined;
  const seconds = (now.atMs - earlier.atMs) / 1_000;
  return seconds > 0 ? { now, earlier, seconds } : undefined;
}

/** A counter that is smaller than before has started again at 0. */
function grown(now: number, before: number): number {
  return now < before ? now : now - before;
}
