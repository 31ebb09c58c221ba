import type { Memory } from '../../../lib/buffer-pool.ts';
import { rejectedRecords } from '../../producer/record-producer.ts';
import type { TopicPartition } from '../requests/produce-request.ts';
import type { DeadLetters, PartOfBatch } from './dead-letters.ts';
import type { PartitionWriter } from './partition-writer.ts';
import { compressRecords } from './record-batch.ts';
import { type BatchPart, takeApart } from './take-apart.ts';

/** What storing needs. */
interface PutParts {
  readonly memory: Memory;
  readonly partitions: PartitionWriter;
  readonly deadLetters: DeadLetters;
}

/** Where records go. */
interface Destination {
  readonly target: TopicPartition;
  /** The partition of the records' keys. Undefined: the records have no keys. */
  readonly keyPartition: number | undefined;
}

/** Records of a batch that Kafka has stored. */
interface StoredRecords {
  readonly records: number;
  readonly bytes: number;
}

const NOTHING: StoredRecords = { records: 0, bytes: 0 };

/**
 * Stores the records of a batch that their topic accepts. The other records become dead letters. A
 * batch that the topic refuses is taken apart until the refused records are found. Each part is
 * smaller than the batch, so this ends.
 *
 * @throws ProducerError, also when several records are too large together: the caller must send
 *   smaller batches.
 */
export async function putAccepted(
  parts: PutParts,
  destination: Destination,
  part: PartOfBatch,
): Promise<StoredRecords> {
  const { memory, partitions, deadLetters } = parts;
  const { target, keyPartition } = destination;
  const { records } = part;
  const count = records.section.records;
  try {
    return { records: count, bytes: await partitions.put(target, records) };
  } catch (error) {
    const rejected = rejectedRecords(error);
    if (rejected === undefined || (rejected.reason === 'tooLarge' && count > 1)) throw error;
    const { reason } = rejected;
    const bury = (own: PartOfBatch): Promise<void> =>
      deadLetters.put({ ...own, topic: target.topic, reason, partition: keyPartition });
    if (count === 1) {
      await bury(part);
      return NOTHING;
    }
    const { refused, others } = await takeApart(records, rejected.places);
    if (refused !== undefined) await bury(await partOf(part, refused, memory));
    let stored = NOTHING;
    for (const other of others) {
      const more = await putAccepted(parts, destination, await partOf(part, other, memory));
      stored = { records: stored.records + more.records, bytes: stored.bytes + more.bytes };
    }
    return stored;
  }
}

async function partOf(
  { batch, places, records }: PartOfBatch,
  part: BatchPart,
  memory: Memory,
): Promise<PartOfBatch> {
  // Only the encoder writes LZ4, while it encodes.
  const codec = records.codec === 'lz4' ? 'none' : records.codec;
  return {
    batch,
    places: part.places.map((place) => places?.[place] ?? place),
    records: await compressRecords(part.section, codec, memory),
  };
}
