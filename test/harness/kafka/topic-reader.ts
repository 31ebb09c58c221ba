import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import type { KafkaConfig } from 'kafkajs';
import { patchKafkajs } from '../../../src/exporter/kafka/kafkajs/kafkajs-patches.ts';
import { HarnessError } from '../harness-error.ts';
import { CONNECTION_TIMEOUT_MS } from './connection-timeout.ts';
import { createFirstReadings } from './first-readings.ts';
import { decompressLz4Frame } from './lz4-frame.ts';
import { mendAbortedReads } from './mend-aborted-reads.ts';
import { decompressSnappyStream } from './snappy-stream.ts';

/** Reads a topic from its start and collects its messages' values. */
export interface TopicReader {
  /** Values as they came, in bytes. */
  readonly values: readonly Buffer[];
  /** Message timestamps in milliseconds, by the same index. */
  readonly timestamps: readonly number[];
  /** Key and partition of each message, by the same index. */
  readonly places: readonly { readonly key: string | undefined; readonly partition: number }[];
  /** Takes out what has been read, for a reader that runs for long: all lists are empty after it. */
  drain(): { readonly values: readonly Buffer[]; readonly timestamps: readonly number[] };
  /** Resolves when `isDone` holds. @throws HarnessError after `deadlineMs` with what was there. */
  waitUntil(isDone: () => boolean, deadlineMs: number): Promise<void>;
  stop(): Promise<void>;
}

const decompressZstd = promisify(zstdDecompress);
const POLL_MS = 50;

/** Starts reading a topic, with committed messages alone, in a consumer group of its own. */
export async function readTopic(connection: KafkaConfig, topic: string): Promise<TopicReader> {
  registerCodecs();
  mendAbortedReads();
  patchKafkajs();
  const kafka = new kafkajs.Kafka({
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    ...connection,
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const consumer = kafka.consumer({
    groupId: `harness-${randomUUID()}`,
    // A fetch under way holds up the end of reading.
    maxWaitTimeInMs: 100,
  });
  const values: Buffer[] = [];
  const timestamps: number[] = [];
  const places: { key: string | undefined; partition: number }[] = [];
  const isFirstReading = createFirstReadings();
  let crash: Error | undefined;
  consumer.on('consumer.crash', ({ payload }) => {
    crash = payload.restart ? undefined : payload.error;
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message, partition }) => {
      if (message.value !== null && isFirstReading(partition, message.offset)) {
        values.push(message.value);
        timestamps.push(Number(message.timestamp));
        places.push({ key: message.key?.toString(), partition });
      }
      return Promise.resolve();
    },
  });
  return {
    values,
    timestamps,
    places,
    drain: () => {
      places.length = 0;
      return { values: values.splice(0), timestamps: timestamps.splice(0) };
    },
    waitUntil: async (isDone, deadlineMs) => {
      const end = performance.now() + deadlineMs;
      while (!isDone()) {
        if (crash !== undefined)
          throw new HarnessError(`Topic ${topic} cannot be read: ${crash.message}`);
        if (performance.now() > end) {
          throw new HarnessError(
            `Topic ${topic} held ${values.length} messages after ${deadlineMs} ms.`,
          );
        }
        await sleep(POLL_MS);
      }
    },
    stop: () => consumer.disconnect(),
  };
}

/** kafkajs brings gzip alone; its table of codecs is open to others. */
function registerCodecs(): void {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy] = () => ({
    compress: () => Promise.reject(new HarnessError('The harness only reads snappy.')),
    decompress: (buffer: Buffer) => Promise.resolve(decompressSnappyStream(buffer)),
  });
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = () => ({
    compress: () => Promise.reject(new HarnessError('The harness only reads lz4.')),
    decompress: (buffer: Buffer) => Promise.resolve(decompressLz4Frame(buffer)),
  });
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
    compress: () => Promise.reject(new HarnessError('The harness only reads zstd.')),
    decompress: (buffer: Buffer) => decompressZstd(buffer),
  });
}
