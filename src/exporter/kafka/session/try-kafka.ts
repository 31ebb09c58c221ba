import { topicOf } from '../../../deepflow/data-sources.ts';
import type { Credentials } from '../../config/credential-store.ts';
import { type ExporterConfig, isReading } from '../../contract/exporter-config.ts';
import type { FoundProblem } from '../../contract/status-report.ts';
import { isPassing } from '../errors/kafka-error.ts';
import { kafkaProblem } from '../errors/kafka-problem.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import { failureOf } from '../errors/kafka-session-error.ts';
import type { RightsProbes } from '../requests/rights-probes.ts';
import { openKafkaSession, type RecycledSession, type SessionDeps } from './kafka-session.ts';

/** After this time, no further bootstrap broker is tried if one has accepted the credentials. */
const ENDPOINTS_MS = 20_000;

/**
 * Tries credentials at every bootstrap broker, at every broker to which the current session is connected, and asks for each
 * right that delivery needs. Brokers that cannot be reached do not count while another broker answers, and neither does a
 * right that the current user lacks as well. It changes nothing in Kafka.
 *
 * @param deps `current` is the session in use; undefined: there is none, so only the login can be tried.
 * @returns why the credentials cannot be used; undefined: they can.
 */
export async function tryKafka(
  deps: SessionDeps & { readonly current: RecycledSession | undefined },
  config: ExporterConfig,
  credentials: Credentials,
): Promise<FoundProblem | undefined> {
  const { kafka } = config;
  const deadlineMs = deps.clock.monotonicMs() + ENDPOINTS_MS;
  let unreachable: FoundProblem | undefined;
  let accepted = false;
  for (const endpoint of kafka.endpoints) {
    if (accepted && deps.clock.monotonicMs() > deadlineMs) break;
    try {
      const session = await openKafkaSession(
        deps,
        { ...kafka, endpoints: [endpoint] },
        credentials,
      );
      try {
        const refused = accepted ? undefined : await tryElsewhere(session, config, deps.current);
        if (refused !== undefined) return refused;
        accepted = true;
      } finally {
        await session.close().catch(() => undefined);
      }
    } catch (error) {
      const failure = failureOf(error);
      const problem = kafkaProblem(failure, kafka);
      if (!isPassing(failure)) return problem;
      unreachable ??= problem;
    }
  }
  return accepted ? undefined : unreachable;
}

async function tryElsewhere(
  session: RecycledSession,
  config: ExporterConfig,
  current: RecycledSession | undefined,
): Promise<FoundProblem | undefined> {
  if (current === undefined) return undefined;
  try {
    await session.reach(current.connectedBrokers());
  } catch (error) {
    const failure = failureOf(error);
    if (!isPassing(failure)) return kafkaProblem(failure, config.kafka);
  }
  for (const { probe, topic } of neededRights(config)) {
    const failure = await probe(session.rights);
    if (failure !== undefined && (await probe(current.rights)) === undefined) {
      return kafkaProblem(failure, config.kafka, topic);
    }
  }
  return undefined;
}

interface NeededRight {
  /** For the message: the topic that the right is for. */
  readonly topic?: string;
  readonly probe: (rights: RightsProbes) => Promise<KafkaFailure | undefined>;
}

function neededRights(config: ExporterConfig): readonly NeededRight[] {
  const { dataSources, delivery, kafka } = config;
  const { checkpointTopic } = kafka;
  const written = new Set([
    ...dataSources.map((dataSource) => topicOf(config.topic, dataSource)),
    ...(delivery.deadLetterTopic === undefined ? [] : [delivery.deadLetterTopic]),
    ...(isReading(config) ? [checkpointTopic] : []),
  ]);
  return [
    ...[...written].map((topic) => ({
      topic,
      probe: (rights: RightsProbes) => rights.write(topic),
    })),
    ...(isReading(config)
      ? [
          { topic: checkpointTopic, probe: (rights: RightsProbes) => rights.read(checkpointTopic) },
          { probe: (rights: RightsProbes) => rights.join(checkpointTopic) },
        ]
      : []),
    ...(delivery.guarantee === 'ExactlyOnce'
      ? [
          {
            // Not the id of a shard: a broker that starts a producer all the same would fence that shard.
            probe: (rights: RightsProbes) => rights.transact(`${checkpointTopic}.preflight`),
          },
        ]
      : []),
  ];
}
