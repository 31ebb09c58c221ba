import type { Problem } from '../../exporter/contract/status-report.ts';
import type { PodReading } from '../../fleet/fleet-reading.ts';
import type { PartState } from '../contract/exporter-details.ts';

/** Problems of an exporter by the part of the way of the data that has them. */
export interface PartProblems {
  readonly source: readonly Problem[];
  /** Of Kafka as a whole. */
  readonly kafka: readonly Problem[];
  /** Of single topics, by topic. */
  readonly topics: ReadonlyMap<string, readonly Problem[]>;
}

/** Problems of the pod itself: neither the source nor Kafka has them. */
const OF_PODS = ['CredentialsUnreadable', 'InternalError'];

/** Divides the problems that pods report now. A problem of a topic names the topic in its message. */
export function partProblems(pods: readonly PodReading[], topics: readonly string[]): PartProblems {
  const all = pods.flatMap(({ report }) => report?.problems ?? []);
  const ofKafka = all.filter(({ reason }) => !isOfSource(reason) && !OF_PODS.includes(reason));
  const named = ofKafka.map((problem) => {
    const words = wordsOf(problem.message);
    return { problem, topics: topics.filter((topic) => words.has(topic)) };
  });
  return {
    source: all.filter(({ reason }) => isOfSource(reason)),
    kafka: named.flatMap((each) => (each.topics.length === 0 ? [each.problem] : [])),
    topics: new Map(
      topics.map((topic) => [
        topic,
        named.flatMap((each) => (each.topics.includes(topic) ? [each.problem] : [])),
      ]),
    ),
  };
}

/** The state of a part: its first problem, or `well`. */
export function stateOf(problems: readonly Problem[] | undefined, well: string): PartState {
  const [first] = problems ?? [];
  return first === undefined
    ? { state: well, needsAttention: false }
    : { state: first.reason, needsAttention: true };
}

function isOfSource(reason: Problem['reason']): boolean {
  return reason.startsWith('ClickHouse') || reason === 'TableMissing';
}

/** The characters of topics, without those that end a sentence. */
function wordsOf(message: string): ReadonlySet<string> {
  return new Set((message.match(/[\w.-]+/g) ?? []).map((word) => word.replace(/\.+$/, '')));
}
