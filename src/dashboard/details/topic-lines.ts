import type { CounterParts, ExporterReading, PodReading } from '../../fleet/fleet-reading.ts';
import { podRatesBySource } from '../../fleet/pod-rates.ts';
import { countText, durationText, NONE, rateText } from '../../fleet/row-texts.ts';
import { visibleText } from '../../lib/visible-text.ts';
import type { TopicLine } from '../contract/exporter-details.ts';
import { type PartProblems, stateOf } from './part-problems.ts';

/** Numbers in names count as numbers. */
const { compare } = new Intl.Collator('en', { numeric: true });

/** What topics are made of. */
export interface TopicParts {
  readonly reading: ExporterReading;
  /** Its pods in the reading before. */
  readonly podsBefore: readonly PodReading[];
  readonly problems: PartProblems;
}

/** The topics of an exporter, those that need attention first, then by name. */
export function topicLines(parts: TopicParts): readonly TopicLine[] {
  const topics = Map.groupBy(
    Object.entries(parts.reading.status?.delivery?.topics ?? {}),
    ([, topic]) => topic,
  );
  return [...topics]
    .map(([topic, entries]) => {
      const dataSources = entries.map(([dataSource]) => dataSource);
      return topicLine(parts, topic, dataSources);
    })
    .toSorted(
      (a, b) => Number(b.needsAttention) - Number(a.needsAttention) || compare(a.topic, b.topic),
    );
}

function topicLine(
  { podsBefore, problems, reading }: TopicParts,
  topic: string,
  dataSources: readonly string[],
): TopicLine {
  const pods = reading.pods ?? [];
  const counted = pods.flatMap(({ counters }) => counters?.parts ?? []);
  const rates = pods.flatMap((pod) => podRatesBySource(pod, podsBefore) ?? []);
  const amount = (part: 'records' | 'rejected'): number | undefined =>
    sumOfKnown(counted, (each) => sumFor(each[part], dataSources));
  const rate = sumOfKnown(rates, (each) => sumFor(each, dataSources));
  const rejected = amount('rejected');
  const lags = counted.flatMap(({ lag }) => dataSources.flatMap((source) => lag.get(source) ?? []));
  return {
    topic: visibleText(topic),
    dataSources: dataSources.map(visibleText),
    recordsText: rateText(rate),
    totalText: rateText(amount('records')),
    lagText: lags.length === 0 ? NONE : durationText(largest(lags)),
    retriesText: countText(sumOfKnown(counted, ({ retries }) => retries.get(topic) ?? 0)),
    rejectedText: countText(rejected),
    ...topicState(stateOf(problems.topics.get(topic), flowText(rate)), rejected),
  };
}

/** A topic that delivers, and has refused records before, says so: these are lost without a dead-letter topic. */
function topicState(
  state: ReturnType<typeof stateOf>,
  rejected: number | undefined,
): ReturnType<typeof stateOf> {
  return state.needsAttention || rejected === undefined || rejected === 0
    ? state
    : { state: `has refused ${countText(rejected)} records`, needsAttention: true };
}

/** Pods may have said many numbers: more than a call can have arguments. */
function largest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

function flowText(perSecond: number | undefined): string {
  if (perSecond === undefined) return 'not known';
  return perSecond > 0 ? 'gets records' : 'no records now';
}

function sumFor(amounts: ReadonlyMap<string, number>, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (amounts.get(name) ?? 0), 0);
}

/** Undefined: there is nothing to add, so it is not known. */
function sumOfKnown<T extends CounterParts | ReadonlyMap<string, number>>(
  list: readonly T[],
  of: (each: T) => number,
): number | undefined {
  return list.length === 0 ? undefined : list.reduce((sum, each) => sum + of(each), 0);
}
