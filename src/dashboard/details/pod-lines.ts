import type { PodReading, PodState } from '../../fleet/fleet-reading.ts';
import { podRates } from '../../fleet/pod-rates.ts';
import { countText, durationText, NONE, rateText } from '../../fleet/row-texts.ts';
import type { PartState, PodLine } from '../contract/exporter-details.ts';

/** Shards of a pod that are named. */
const NAMED_MAX = 12;

const STATES: Readonly<Record<PodState, PartState>> = {
  Ready: { state: 'ready', needsAttention: false },
  NotReady: { state: 'runs, not ready', needsAttention: true },
  Starting: { state: 'starts', needsAttention: true },
  Ending: { state: 'ends', needsAttention: false },
  Ended: { state: 'has ended', needsAttention: false },
};

/** The pods of an exporter, by name. @param before the pods of the reading before, for the rates. */
export function podLines(
  pods: readonly PodReading[],
  before: readonly PodReading[],
): readonly PodLine[] {
  return pods.map((pod) => podLine(pod, before)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function podLine(pod: PodReading, before: readonly PodReading[]): PodLine {
  const { isSilent, name, report, state } = pod;
  const lag = report?.lagSeconds;
  return {
    name,
    recordsText: rateText(podRates(pod, before)?.records),
    lagText: lag === undefined ? NONE : durationText(lag),
    credentials: countText(report?.credentialsRevision),
    shards: shardsText(report?.shards ?? []),
    ...(isSilent
      ? { state: `${STATES[state].state}, did not answer`, needsAttention: true }
      : STATES[state]),
  };
}

function shardsText(shards: readonly number[]): string {
  if (shards.length === 0) return NONE;
  const named = shards
    .toSorted((a, b) => a - b)
    .slice(0, NAMED_MAX)
    .join(', ');
  const more = shards.length - NAMED_MAX;
  return more > 0 ? `${named} and ${more} more` : named;
}
