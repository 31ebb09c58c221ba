import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { ProgressMessage } from '../../progress/progress-message.ts';
import { progressSections } from '../../progress/progress-sections.ts';
import { ProducerError, type RecordProducer } from '../../producer/record-producer.ts';

/** What amending needs. */
export interface AmendDeps {
  readonly clock: Clock;
  readonly random: () => number;
  /** A producer that takes a shard over from its owner. */
  readonly producerOf: (shard: number) => RecordProducer;
  /** Reads a shard's partition up to a marker; undefined when `signal` aborted first. */
  readonly read: (
    shard: number,
    marker: string,
    signal: AbortSignal,
  ) => Promise<readonly ProgressMessage[] | undefined>;
  /** A fencing marker that was never used before. */
  readonly newMarker: () => string;
}

/** What is added to a shard's partition. */
interface Amendment {
  readonly shard: number;
  /** The messages to add to those that the partition holds. */
  readonly addedTo: (messages: readonly ProgressMessage[]) => readonly ProgressMessage[];
}

const RETRY: BackoffOptions = { initialMs: 250, maxMs: 2_000 };
/**
 * A fenced exporter leaves its shard alone for ten seconds, so two tries are enough unless Kafka
 * has problems.
 */
const TRIES_MAX = 8;

/**
 * Takes a shard over and adds messages to its partition in one transaction. The current owner loses
 * its open transaction and must read its partition again. Returns the messages that the partition
 * held before.
 *
 * @throws ProducerError when the shard cannot be taken over after several tries, and the reason of
 *   `signal` when it aborts.
 */
export async function amendPartition(
  deps: AmendDeps,
  { shard, addedTo }: Amendment,
  signal: AbortSignal,
): Promise<readonly ProgressMessage[]> {
  const producer = deps.producerOf(shard);
  const commit = (messages: readonly ProgressMessage[]): Promise<void> =>
    producer.commit(progressSections(messages, deps.clock.now()));
  const markers: string[] = [];
  for (let attempt = 0; ; attempt++) {
    try {
      await producer.open(signal);
      signal.throwIfAborted();
      const marker = deps.newMarker();
      // Everything that was committed earlier comes before this message in the partition. So
      // reading up to this message is complete, even if the leader reports an outdated end of the
      // partition.
      await commit([{ kind: 'opened', marker }]);
      const messages = (await deps.read(shard, marker, signal)) ?? [];
      signal.throwIfAborted();
      const before = messagesBefore(messages, markers);
      if (before !== undefined) return before;
      markers.push(marker);
      await commit(addedTo(messages));
      return messages;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProducerError) || attempt + 1 === TRIES_MAX) throw error;
      // After an error it is not known whether the commit succeeded. Reading the partition shows
      // it.
      await deps.clock.sleep(backoffMs(RETRY, attempt, deps.random()), signal);
    }
  }
}

/**
 * If an earlier try reported an error but was committed: the messages from before that try.
 * Otherwise undefined. All messages between two markers are from the owner of the first one.
 */
function messagesBefore(
  messages: readonly ProgressMessage[],
  markers: readonly string[],
): readonly ProgressMessage[] | undefined {
  const at = messages.findIndex((message, i) => {
    const next = messages[i + 1];
    const isOwn = message.kind === 'opened' && markers.includes(message.marker);
    return isOwn && next !== undefined && next.kind !== 'opened';
  });
  return at < 0 ? undefined : messages.slice(0, at);
}
