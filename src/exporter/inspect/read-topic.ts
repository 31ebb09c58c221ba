import { systemClock } from '../../lib/clock.ts';
import { credentialsOf } from '../config/credential-store.ts';
import { errorWords } from '../kafka/errors/error-words.ts';
import { isPassing } from '../kafka/errors/kafka-error.ts';
import type { KafkaFailure } from '../kafka/errors/kafka-failure.ts';
import { failureOf } from '../kafka/errors/kafka-session-error.ts';
import {
  type KafkaAccess,
  type KafkaReader,
  openKafkaReader,
  type TimedMessage,
} from '../kafka/session/kafka-reader.ts';

/** A topic that is read to the end that it has now, as often as one likes. */
export interface ReadTopic {
  /** The number of offsets in the range, over all partitions: at least the number of messages. */
  readonly offsets: number;
  /**
   * The committed messages, a partition after the other in turns, and how many offsets each answer goes through. A broker that fails
   * for a moment is asked again.
   *
   * @throws Error with a message for the user.
   */
  read(): AsyncGenerator<{ readonly messages: readonly TimedMessage[]; readonly offsets: number }>;
  close(): Promise<void>;
}

/** What to read, and how to log in. */
export interface ReadTopicRequest {
  readonly topic: string;
  readonly kafka: KafkaAccess;
  /** Contents by the names of `CREDENTIAL_FILES`. */
  readonly files: ReadonlyMap<string, string>;
  /** Only messages from the first one with this timestamp or a later one, in milliseconds. Absent: all. */
  readonly fromMs: number | undefined;
}

/** How long to wait after a failure, or an answer without messages. */
const PAUSE_MS = 250;
/** Longer than an election of a leader takes. */
const PATIENCE_MS = 60_000;

interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * Opens a topic for reading from its start, or from a time, to its present end. It joins no consumer group, stores no offset and
 * writes nothing.
 *
 * @throws Error with a message for the user that says why the topic cannot be read.
 */
export async function openReadTopic(request: ReadTopicRequest): Promise<ReadTopic> {
  const { files, kafka, topic } = request;
  let reader: KafkaReader | undefined;
  try {
    reader = await openKafkaReader({ clock: systemClock }, kafka, credentialsOf(files));
    const ranges = await rangesOf(reader, request);
    const opened = reader;
    return {
      offsets: ranges.reduce((sum, { end, start }) => sum + Number(end - start), 0),
      read: () => readRanges(opened, ranges, request),
      close: () => opened.close(),
    };
  } catch (error) {
    await reader?.close();
    throw readError(failureOf(error), topic, kafka);
  }
}

async function rangesOf(
  reader: KafkaReader,
  { fromMs, topic }: ReadTopicRequest,
): Promise<readonly Range[]> {
  const ranges: Range[] = [];
  for (let partition = 0; partition < (await reader.partitionCount(topic)); partition++) {
    const target = { topic, partition };
    const end = await reader.endOffset(target);
    const first =
      fromMs === undefined
        ? await reader.startOffset(target)
        : ((await reader.offsetAt(target, fromMs)) ?? end);
    ranges.push({ topic, partition, start: first < end ? first : end, end });
  }
  return ranges;
}

async function* readRanges(
  reader: KafkaReader,
  ranges: readonly Range[],
  { kafka, topic }: ReadTopicRequest,
): ReturnType<ReadTopic['read']> {
  const places = new Set(ranges.map((range) => ({ ...range, next: range.start })));
  let deadlineMs = systemClock.monotonicMs() + PATIENCE_MS;
  while (places.size > 0) {
    let hasProgress = false;
    let failed: KafkaFailure | undefined;
    for (const place of places) {
      if (place.next >= place.end) {
        places.delete(place);
        continue;
      }
      try {
        const { messages, next } = await reader.read(place, place.next);
        const reached = next < place.end ? next : place.end;
        const offsets = Number(reached - place.next);
        // An answer ends with a whole batch, so it may go beyond the end.
        const before = messages.filter(({ offset }) => offset < place.end);
        place.next = reached;
        hasProgress ||= offsets > 0;
        if (offsets > 0) yield { messages: before, offsets };
      } catch (error) {
        failed = failureOf(error);
        if (!isPassing(failed)) throw readError(failed, topic, kafka);
      }
    }
    const nowMs = systemClock.monotonicMs();
    if (hasProgress) deadlineMs = nowMs + PATIENCE_MS;
    else if (nowMs > deadlineMs) throw readError(failed ?? SILENT, topic, kafka);
    else if (places.size > 0) await systemClock.sleep(PAUSE_MS);
  }
}

const SILENT: KafkaFailure = {
  reason: 'KafkaError',
  detail: 'no messages came for a minute, though the end of the topic was not reached',
};

/** The sentences for a person who reads a topic with a file of client properties. */
function readError(failure: KafkaFailure, topic: string, { endpoints }: KafkaAccess): Error {
  return new Error(`${sentence(failure, topic, endpoints.join(','))} (${failure.detail})`);
}

function sentence(failure: KafkaFailure, topic: string, at: string): string {
  const { broker, detail, reason } = failure;
  const about = SENTENCES[reason];
  if (about !== undefined) return `topic ${topic}: ${about({ at, broker, topic })}`;
  if (detail === 'OFFSET_OUT_OF_RANGE') {
    return `topic ${topic}: Kafka has deleted messages while they were read: start later with --from, or increase --memory so that fewer passes are needed`;
  }
  const words = errorWords(detail);
  return words === undefined
    ? `topic ${topic} cannot be read at ${at}: check the logs of the brokers`
    : `topic ${topic} at ${at}: ${words.meaning}: ${words.remedy}`;
}

interface Place {
  readonly at: string;
  readonly broker: string | undefined;
  readonly topic: string;
}

const SENTENCES: Partial<Record<KafkaFailure['reason'], (place: Place) => string>> = {
  BrokerUnreachable: ({ at, broker = at }) =>
    `no Kafka broker can be reached from this machine at ${broker === at ? at : `${broker} (of ${at})`}: run the command where the brokers can be reached, and check that security.protocol fits the listener`,
  BrokerCertificateRejected: ({ at }) =>
    `the TLS certificate of a broker at ${at} is not trusted: name the certificate of its CA with ssl.ca.location in the file for --config`,
  BrokerWithoutTls: ({ at, broker = at }) =>
    `the port at ${broker} does not seem to speak TLS: correct security.protocol in the file for --config, or the brokers`,
  ClientCertificateRejected: ({ at }) =>
    `the brokers at ${at} refused the client certificate: correct ssl.certificate.location and ssl.key.location in the file for --config`,
  KafkaAuthenticationFailed: ({ at }) =>
    `the brokers at ${at} refused the user name or password: correct the file for --config, --left-config or --right-config`,
  KafkaAuthorizationFailed: ({ at, topic }) =>
    `the Kafka user may not read it: grant access, for example with kafka-acls.sh --bootstrap-server ${at} --add --allow-principal User:NAME --operation Read --operation Describe --topic ${topic}`,
  TopicMissing: ({ at }) => `it does not exist at ${at}, or the Kafka user may not describe it`,
};
