import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { compressFrame } from 'lz4-napi';
import { varintSize, writeVarint } from '../../src/exporter/encode/bytes/varint.ts';
import { openKafkaSession } from '../../src/exporter/kafka/session/kafka-session.ts';
import { compressRecords, recordBatch } from '../../src/exporter/kafka/produce/record-batch.ts';
import { BufferPool } from '../../src/lib/buffer-pool.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { exporterConfig } from '../exporter/exporter-config.ts';
import { noCredentials } from '../exporter/no-credentials.ts';
import { runCommand } from '../harness/commands/run-command.ts';
import { javaArguments, kafkaClassPath } from '../harness/kafka/java.ts';
import type { KafkaData } from '../harness/kafka/kafka-data.ts';
import { silentLogger } from '../lib/silent-logger.ts';
import { untilDone } from '../lib/until.ts';

/** Codecs that are measured. */
export const CODECS = ['none', 'lz4', 'zstd'] as const;
type Codec = (typeof CODECS)[number];

/** Where and how records are sent. */
export interface SendTarget {
  readonly kafka: KafkaData;
  readonly protocol: 'PLAINTEXT' | 'SASL_SSL';
  readonly topic: string;
  readonly codec: Codec;
}

/** A client that sends batches, each to one partition; resolves when all in-sync replicas have it. */
export interface BatchClient {
  send(values: readonly Buffer[], partition: number): Promise<void>;
  close(): Promise<void>;
}

const MAX_BYTES = 1_000_000;
const zstd = promisify(zstdCompress);
const zstdLevel1 = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** The exporter's own way: a records section in one buffer, the record batch around it, one Produce request. */
export async function openOwnClient(target: SendTarget): Promise<BatchClient> {
  const { codec, kafka, protocol, topic } = target;
  const { username, password } = kafka.plainUser;
  const isSecure = protocol === 'SASL_SSL';
  const config = exporterConfig({
    kafka: {
      endpoints: (isSecure ? kafka.saslBootstrap : kafka.bootstrap).split(','),
      ...(isSecure && {
        sasl: { mechanism: 'PLAIN' },
        tls: { privateCa: true, clientCertificate: false, insecureSkipVerify: false },
      }),
    },
  });
  const session = await openKafkaSession(
    { clock: systemClock, logger: silentLogger },
    config.kafka,
    { ...noCredentials, saslUsername: username, saslPassword: password, kafkaCa: kafka.caPem },
  );
  // A broker that has just started may take topics before it gives out producers.
  const producer = await untilDone('a producer', () => session.transactions.init(undefined));
  const memory = new BufferPool(IDLE_MEMORY_BYTES);
  /** Of each partition, whose batches come one after the other. */
  const sequences = new Map<number, number>();
  return {
    send: async (values, partition) => {
      const plain = recordsSection(values);
      const now = Date.now();
      const section = {
        records: values.length,
        bytes: codec === 'lz4' ? await compressFrame(plain) : plain,
        compression: codec === 'lz4' ? ('lz4' as const) : ('none' as const),
        baseTimestampMs: now,
        maxTimestampMs: now,
      };
      const first = sequences.get(partition) ?? 0;
      sequences.set(partition, first + values.length);
      const records = await compressRecords(section, codec, memory);
      const failure = await session.produce(
        { topic, partition },
        recordBatch(records, { producer, first }),
      );
      if (failure !== undefined) throw new Error(`${failure.reason}: ${failure.detail}`);
      memory.give(records.room);
    },
    close: () => session.close(),
  };
}

/** As the exporter's own. */
const IDLE_MEMORY_BYTES = 24 * 1024 * 1024;

/** Records without keys and headers, one after the other (KIP-98). */
function recordsSection(values: readonly Buffer[]): Buffer {
  const room = values.reduce((all, { length }) => all + length + 20, 0);
  const bytes = Buffer.allocUnsafe(room);
  let at = 0;
  for (const [offset, value] of values.entries()) {
    const { length } = value;
    const body = 2 + varintSize(offset) + 1 + varintSize(length) + length + 1;
    at = writeVarint(bytes, at, body);
    bytes[at++] = 0; // attributes
    bytes[at++] = 0; // timestamp delta
    at = writeVarint(bytes, at, offset);
    at = writeVarint(bytes, at, -1); // no key
    at = writeVarint(bytes, at, length);
    at += value.copy(bytes, at);
    bytes[at++] = 0; // headers
  }
  return bytes.subarray(0, at);
}

/** kafkajs's Producer, acks=all, with the same native codecs. */
export async function openKafkajsClient(target: SendTarget): Promise<BatchClient> {
  const { codec, kafka, protocol, topic } = target;
  const { CompressionCodecs, CompressionTypes, logLevel } = kafkajs;
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compressFrame(buffer),
    decompress: () => Promise.reject(new Error('nothing is read here')),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => zstd(buffer, zstdLevel1),
    decompress: () => Promise.reject(new Error('nothing is read here')),
  });
  const isSecure = protocol === 'SASL_SSL';
  const client = new kafkajs.Kafka({
    brokers: (isSecure ? kafka.saslBootstrap : kafka.bootstrap).split(','),
    logLevel: logLevel.NOTHING,
    ...(isSecure && {
      ssl: { ca: kafka.caPem },
      sasl: { mechanism: 'plain', ...kafka.plainUser },
    }),
  });
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const types = {
    none: CompressionTypes.None,
    lz4: CompressionTypes.LZ4,
    zstd: CompressionTypes.ZSTD,
  };
  return {
    send: async (values, partition) => {
      const messages = values.map((value) => ({ value, partition }));
      await producer.send({ topic, acks: -1, compression: types[codec], messages });
    },
    close: () => producer.disconnect(),
  };
}

/**
 * Sends records with Kafka's own `ProducerPerformance`, idempotent and acks=all, which takes them at random from a file
 * with one a line.
 *
 * @returns records per second as it says itself: without the JVM's start.
 */
export async function runProducerPerformance(
  target: SendTarget,
  records: number,
  payloadFile: string,
): Promise<number> {
  const { codec, kafka, protocol, topic } = target;
  const isSecure = protocol === 'SASL_SSL';
  const { username, password } = kafka.plainUser;
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const properties = {
    'bootstrap.servers': isSecure ? kafka.saslBootstrap : kafka.bootstrap,
    acks: 'all',
    'enable.idempotence': 'true',
    'batch.size': '900000',
    'linger.ms': '100',
    'buffer.memory': '67108864',
    'max.request.size': String(MAX_BYTES),
    'compression.type': codec,
    'compression.zstd.level': '1',
    ...(isSecure && {
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'PLAIN',
      'sasl.jaas.config': `${module} required username="${username}" password="${password}";`,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': kafka.caPem,
    }),
  };
  const propertiesFile = `${payloadFile}.properties`;
  const lines = Object.entries(properties).map(
    ([name, value]) => `${name}=${value.replaceAll('\n', '\\n')}\n`,
  );
  await writeFile(propertiesFile, lines.join(''), { mode: 0o600 });
  const output = await runCommand('java', [
    ...javaArguments(await kafkaClassPath(), { heap: '512m', level: 'ERROR' }),
    'org.apache.kafka.tools.ProducerPerformance',
    ...['--topic', topic, '--num-records', String(records), '--throughput', '-1'],
    ...['--payload-file', payloadFile, '--producer.config', propertiesFile],
  ]);
  const [, rate] = /sent, ([\d.]+) records\/sec[^\n]*99\.9th\.\s*$/.exec(output) ?? [];
  if (rate === undefined) throw new Error(`ProducerPerformance said nothing of use: ${output}`);
  return Number(rate);
}
