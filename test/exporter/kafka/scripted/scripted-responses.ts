import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeRecordBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import { type ProtocolReader, ProtocolWriter } from './protocol-bytes.ts';
import type { Fate, ProducedBatch, Script } from './cluster-script.ts';

/** The API keys of the requests that are answered. */
export const API = {
  produce: 0,
  metadata: 3,
  findCoordinator: 10,
  saslHandshake: 17,
  apiVersions: 18,
  initProducerId: 22,
  addPartitions: 24,
  endTransaction: 26,
  saslAuthenticate: 36,
} as const;
/** The supported versions, by API key. */
const VERSIONS: readonly (readonly [number, number, number])[] = [
  [API.produce, 7, 7],
  [API.metadata, 1, 1],
  [API.findCoordinator, 1, 1],
  [API.saslHandshake, 1, 1],
  [API.apiVersions, 0, 2],
  [API.initProducerId, 0, 0],
  [API.addPartitions, 0, 0],
  [API.endTransaction, 0, 0],
  [API.saslAuthenticate, 1, 1],
];
const UNKNOWN_TOPIC = 3;
const NOT_LEADER = 6;
const OUT_OF_ORDER = 45;
const SASL_FAILED = 58;

/** The state of the brokers of a scripted cluster. */
export class ClusterState {
  readonly ports: number[] = [];
  readonly stored: ProducedBatch[] = [];
  readonly ends: boolean[] = [];
  interrupted = 0;
  lookups = 0;
  logins = 0;
  producers = 100;
  readonly leaders: Map<string, number[]>;
  readonly script: Script;
  /** The next sequence by producer, epoch and partition. */
  readonly #sequences = new Map<string, number>();

  constructor(leaders: Map<string, number[]>, script: Script) {
    this.leaders = leaders;
    this.script = script;
  }

  /**
   * Stores a batch like a broker (KIP-98): a repeated batch is acknowledged, and a batch out of
   * order is refused.
   */
  store(batch: ProducedBatch): number {
    const { producerId, epoch, topic, partition, firstSequence } = batch;
    const key = [producerId, epoch, topic, partition].join(' ');
    const next = this.#sequences.get(key) ?? 0;
    if (producerId >= 0 && firstSequence < next) return 0;
    if (producerId >= 0 && firstSequence > next) return OUT_OF_ORDER;
    this.#sequences.set(key, firstSequence + batch.values.length);
    this.stored.push(batch);
    return 0;
  }
}

/** A request without its header. */
export interface Request {
  readonly apiKey: number;
  readonly version: number;
  readonly reader: ProtocolReader;
}

/** Returns the body of the answer. Undefined: the connection is closed instead. */
export async function respond(
  { apiKey, version, reader }: Request,
  broker: number,
  { state, refusal }: { readonly state: ClusterState; readonly refusal: Fate | undefined },
): Promise<Buffer | undefined> {
  const writer = new ProtocolWriter();
  switch (apiKey) {
    case API.apiVersions:
      writer.int16(0).array(VERSIONS, ([key, min, max]) => writer.int16(key).int16(min).int16(max));
      if (version > 0) writer.int32(0);
      return writer.bytes();
    case API.metadata:
      return metadata(reader, state);
    case API.produce:
      return produce(reader, { broker, refusal, version }, state);
    case API.findCoordinator:
      state.lookups++;
      writer
        .int32(0)
        .int16(0)
        .text(null)
        .int32(0)
        .text('127.0.0.1')
        .int32(state.ports[0] ?? 0);
      return writer.bytes();
    case API.initProducerId:
      return writer
        .int32(0)
        .int16(0)
        .int64(++state.producers)
        .int16(0)
        .bytes();
    case API.addPartitions: {
      reader.text();
      reader.int64();
      reader.int16();
      const topics = reader.array(() => ({
        topic: reader.text() ?? '',
        partitions: reader.array(() => reader.int32()),
      }));
      writer.int32(0).array(topics, ({ topic, partitions }) => {
        writer.text(topic).array(partitions, (partition) => writer.int32(partition).int16(0));
      });
      return writer.bytes();
    }
    case API.endTransaction: {
      reader.text();
      reader.int64();
      reader.int16();
      const isCommit = reader.int8() === 1;
      const fate = state.script.onEndTransaction?.() ?? 'done';
      if (typeof fate === 'object') return writer.int32(0).int16(fate.errorCode).bytes();
      state.ends.push(isCommit);
      return fate === 'done' ? writer.int32(0).int16(0).bytes() : undefined;
    }
    case API.saslHandshake:
      await after(state.script.sasl?.answersAfterMs ?? 0);
      return writer
        .int16(0)
        .array(['PLAIN'], (name) => writer.text(name))
        .bytes();
    case API.saslAuthenticate:
      return writer
        .int16(++state.logins <= (state.script.sasl?.refused ?? 0) ? SASL_FAILED : 0)
        .text(null)
        .int32(0)
        .int64(state.script.sasl?.lifetimeMs ?? 0)
        .bytes();
    default:
      return undefined;
  }
}

function metadata(reader: ProtocolReader, { ports, leaders }: ClusterState): Buffer {
  const asked = reader.array(() => reader.text() ?? '');
  const writer = new ProtocolWriter();
  writer.array([...ports.entries()], ([id, port]) => {
    writer.int32(id).text('127.0.0.1').int32(port).text(null);
  });
  writer.int32(0).array(asked, (topic) => {
    const partitions = leaders.get(topic);
    writer
      .int16(partitions === undefined ? UNKNOWN_TOPIC : 0)
      .text(topic)
      .int8(0)
      .array([...(partitions ?? []).entries()], ([partition, leader]) => {
        writer
          .int16(0)
          .int32(partition)
          .int32(leader)
          .array([leader], (id) => writer.int32(id));
        writer.array([leader], (id) => writer.int32(id));
      });
  });
  return writer.bytes();
}

async function produce(
  reader: ProtocolReader,
  {
    broker,
    refusal,
    version,
  }: { readonly broker: number; readonly refusal: Fate | undefined; readonly version: number },
  state: ClusterState,
): Promise<Buffer | undefined> {
  reader.text();
  reader.int16();
  reader.int32();
  const topics = reader.array(() => ({
    topic: reader.text() ?? '',
    partitions: reader.array(() => ({ partition: reader.int32(), bytes: reader.buffer() })),
  }));
  let isLost = false;
  const results: { topic: string; partition: number; errorCode: number }[] = [];
  for (const { topic, partitions } of topics) {
    for (const { partition, bytes } of partitions) {
      const batch = { topic, partition, broker, ...(await batchOf(bytes)) };
      const isLeader = state.leaders.get(topic)?.[partition] === broker;
      const decide = state.script.onProduce ?? ((): Fate => 'done');
      const fate = refusal ?? (isLeader ? await decide(batch, state) : { errorCode: NOT_LEADER });
      if (fate === 'done, but the answer is lost') isLost = true;
      const errorCode = typeof fate === 'object' ? fate.errorCode : state.store(batch);
      results.push({ topic, partition, errorCode });
    }
  }
  if (isLost) return undefined;
  const writer = new ProtocolWriter();
  writer.array(results, ({ topic, partition, errorCode }) => {
    writer.text(topic).array([partition], () => {
      writer.int32(partition).int16(errorCode).int64(0).int64(-1).int64(0);
      // The refused records, and what the broker says about the error (KIP-467).
      if (version >= 8) writer.array([], () => undefined).text(null);
    });
  });
  return writer.int32(0).bytes();
}

/** Reads a record batch (KIP-98). */
async function batchOf(
  bytes: Buffer,
): Promise<Pick<ProducedBatch, 'producerId' | 'epoch' | 'firstSequence' | 'values'>> {
  // The header may count more records than the batch has, so that tests need not send two thousand
  // million records.
  const { records } = await decodeRecordBatch(new Decoder(bytes)).catch(() => ({ records: [] }));
  return {
    producerId: Number(bytes.readBigInt64BE(43)),
    epoch: bytes.readInt16BE(51),
    firstSequence: bytes.readInt32BE(53),
    values: records.map(({ value }) => value.toString()),
  };
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
