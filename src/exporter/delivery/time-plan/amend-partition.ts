import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { ProgressMessage } from '../../progress/progress-message.ts';
import { progressSections } from '../../progress/progress-sections.ts';
import { ProducerError, type RecordProducer } from '../../producer/record-producer.ts';

/** What amending needs. */
export interface AmendDeps {
  readonly clock: Clock;
  readonly random: () => number;
  /** A producer that takes a shard over from whoever has it. */
  readonly producerOf: (shard: number) => RecordProducer;
  /** Reads a shard's partition up to a marker; undefined when `signal` aborted first. */
  readonly read: (
    shard: number,
    marker: string,
    signal: AbortSignal,
  ) => Promise<readonly ProgressMessage[] | undefined>;
  /** A name that was never used before. */
  readonly newMarker: () => string;
}

/** What is added to a shard's partition. */
interface Amendment {
  readonly shard: number;
  /** The messages to add to those that the partition holds. */
  readonly addedTo: (messages: readonly ProgressMessage[]) => readonly ProgressMessage[];
}

const RETRY: BackoffOptions = { initialMs: 250, maxMs: 2_000 };
/** An exporter that is fenced leaves its shard alone for ten seconds: two tries are enough, unless Kafka itself is in trouble. */
const TRIES_MAX = 8;

/**
 * Takes a shard over, so that an exporter that has it loses what it was about to commit and must read its partition
 * again, and adds messages in one transaction. Answers what the partition said before.
 *
 * @throws ProducerError when the shard can not be taken over again and again, and the reason of `signal` when it aborts.
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
      // What was committed before stands before this message, whatever the leader that is asked knows of its end.
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
      // What the commit came to is not known after an error: the partition says it.
      await deps.clock.sleep(backoffMs(RETRY, attempt, deps.random()), signal);
    }
  }
}

/**
 * What a partition said before the messages of an earlier try, which are committed though the try failed; undefined:
 * none are. Between a marker and the next one stands only what its owner has committed.
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
