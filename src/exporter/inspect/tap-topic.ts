import { systemClock } from '../../lib/clock.ts';
import type { ProxyEnvironment } from '../../lib/net/proxy-environment.ts';
import type { Credentials } from '../config/credential-store.ts';
import type { ExporterConfig } from '../contract/exporter-config.ts';
import { isPassing } from '../kafka/errors/kafka-error.ts';
import type { KafkaFailure } from '../kafka/errors/kafka-failure.ts';
import { kafkaProblem } from '../kafka/errors/kafka-problem.ts';
import { failureOf } from '../kafka/errors/kafka-session-error.ts';
import { type KafkaReader, openKafkaReader } from '../kafka/session/kafka-reader.ts';

/** Records of a topic that came after the tap was opened. */
export interface TopicTap {
  /**
   * The values of new records, until `signal` aborts. A broker that fails for a moment is asked again.
   *
   * @throws Error with a message for the user.
   */
  records(signal: AbortSignal): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** How long to wait after all partitions were read. */
const PAUSE_MS = 250;

/**
 * Opens a tap at the ends of topics. It joins no consumer group, stores no offset and writes nothing; what an open transaction has
 * written comes when it is committed.
 *
 * @throws Error with a message for the user that says why the topics cannot be read from here.
 */
export async function openTopicTap(
  config: ExporterConfig['kafka'],
  topics: readonly string[],
  access: { readonly credentials: Credentials; readonly proxy: ProxyEnvironment },
): Promise<TopicTap> {
  const deps = { clock: systemClock, proxy: access.proxy };
  const reader = await openKafkaReader(deps, config, access.credentials).catch((error: unknown) => {
    throw tapError(failureOf(error), config);
  });
  try {
    const places = (await Promise.all(topics.map((topic) => ends(reader, config, topic)))).flat();
    return {
      records: (signal) => follow(reader, config, { places, signal }),
      close: () => reader.close(),
    };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  next: bigint;
}

async function ends(
  reader: KafkaReader,
  config: ExporterConfig['kafka'],
  topic: string,
): Promise<readonly Place[]> {
  try {
    const count = await reader.partitionCount(topic);
    const partitions = Array.from({ length: count }, (_, partition) => partition);
    return await Promise.all(
      partitions.map(async (partition) => ({
        topic,
        partition,
        next: await reader.endOffset({ topic, partition }),
      })),
    );
  } catch (error) {
    throw tapError(failureOf(error), config, topic);
  }
}

async function* follow(
  reader: KafkaReader,
  config: ExporterConfig['kafka'],
  { places, signal }: { readonly places: readonly Place[]; readonly signal: AbortSignal },
): AsyncGenerator<Buffer> {
  while (!signal.aborted) {
    for (const place of places) {
      try {
        const { messages, next } = await reader.read(place, place.next);
        place.next = next;
        for (const { value } of messages) if (value !== null) yield value;
      } catch (error) {
        const failure = failureOf(error);
        if (!isPassing(failure)) throw tapError(failure, config, place.topic);
      }
    }
    await systemClock.sleep(PAUSE_MS, signal);
  }
}

/** The sentences for a person who reads from another machine, and with another right, than the exporter writes. */
function tapError(failure: KafkaFailure, config: ExporterConfig['kafka'], topic?: string): Error {
  const bootstrap = config.endpoints.join(',');
  const { broker, detail, reason } = failure;
  if (reason === 'BrokerUnreachable') {
    const where = broker === undefined ? bootstrap : `${broker} (of ${bootstrap})`;
    return new Error(
      `no Kafka broker can be reached from this machine at ${where}: run the command where the brokers can be reached, or show rows of ClickHouse with --from source (${detail})`,
    );
  }
  if (reason === 'KafkaAuthorizationFailed' && topic !== undefined) {
    return new Error(
      `the Kafka user of the exporter may not read topic ${topic}: name a Secret with the username and password of one who may, with --credentials-secret, or grant access with kafka-acls.sh --bootstrap-server ${bootstrap} --add --allow-principal User:NAME --operation Read --operation Describe --topic ${topic} (${detail})`,
    );
  }
  return new Error(kafkaProblem(failure, config, topic).message);
}
