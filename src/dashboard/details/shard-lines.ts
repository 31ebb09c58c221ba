import type { ExporterReading, PodReading } from '../../fleet/fleet-reading.ts';
import { durationText, NONE } from '../../fleet/row-texts.ts';
import type { ShardLine } from '../contract/exporter-details.ts';

/** A report of others may claim any number. */
const SHARDS_MAX = 1_024;

/** The shards of an exporter, those without a pod first. Empty: it has none, or their number is not known. */
export function shardLines({ pods, source, status }: ExporterReading): readonly ShardLine[] {
  if (source === 'HTTP') return [];
  const unowned = new Set(status?.delivery?.unownedShards);
  const owners = ownersOf(pods ?? []);
  const counts = (pods ?? []).flatMap(({ report }) => report?.shardCount ?? []);
  const named = [...unowned, ...owners.keys()].map((shard) => shard + 1);
  const count = [...counts, ...named].reduce((most, number) => Math.max(most, number), 0);
  return Array.from({ length: Math.min(count, SHARDS_MAX) }, (_, shard) =>
    shardLine(shard, owners.get(shard), unowned.has(shard)),
  ).toSorted((a, b) => Number(b.needsAttention) - Number(a.needsAttention));
}

/** The pod of each shard. While a shard is handed over, two pods may claim it: the last one is shown. */
function ownersOf(pods: readonly PodReading[]): ReadonlyMap<number, PodReading> {
  return new Map(
    pods.flatMap((pod) => (pod.report?.shards ?? []).map((shard) => [shard, pod] as const)),
  );
}

function shardLine(shard: number, owner: PodReading | undefined, isUnowned: boolean): ShardLine {
  if (owner === undefined) {
    const state = isUnowned ? 'no pod has it' : 'its pod is not known';
    return { shard, lagText: NONE, state, needsAttention: isUnowned };
  }
  const lag = owner.counters?.parts.shardLag.get(String(shard)) ?? owner.report?.lagSeconds;
  const lagText = lag === undefined ? NONE : durationText(lag);
  return { shard, pod: owner.name, lagText, state: 'has a pod', needsAttention: false };
}
