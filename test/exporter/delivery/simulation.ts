import { type Data, Uint32, Uint64, vectorFromArray } from 'apache-arrow';
import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import { compileEncoder } from '../../../src/exporter/encode/compile-encoder.ts';
import type { RecordsSection } from '../../../src/exporter/encode/encoded-batch.ts';
import type { PreparedTable } from '../../../src/exporter/records/prepare-table.ts';
import {
  parseProgress,
  type ProgressMessage,
} from '../../../src/exporter/progress/progress-message.ts';
import {
  ProducerError,
  type RecordProducer,
} from '../../../src/exporter/producer/record-producer.ts';
import { HASH_FORM, hashColumn, type HashForm } from '../../../src/exporter/source/row-hash.ts';
import {
  type RecordSource,
  SourceError,
  type Window,
} from '../../../src/exporter/source/source.ts';
import { recordBatch as arrowBatch } from '../encode/arrow-columns.ts';
import { encoderRequest } from '../encode/encoder-request.ts';
import { decodeSection } from '../kafka/produce/decode-section.ts';

const L7: DataSource = 'flow_log.l7_flow_log';

/** A row, whose content is its `id`. Equal rows are valid. */
export interface StoredRow {
  readonly id: number;
  readonly second: number;
}

/** A table in memory, into which rows can be stored at any time and in any order. */
export class MemoryTable {
  readonly rows: StoredRow[] = [];
  /** How many of the next reads fail after they have returned some rows. */
  failures = 0;
  /** How many windows were read, and how many may be read. The next one is never answered. */
  reads = 0;
  readsMax = Infinity;
  /** How often the next stored row was looked for. */
  searches = 0;

  readonly prepared: PreparedTable = (() => {
    const idle = [compileEncoder(encoderRequest(L7, { exportFields: ['_id'] }))];
    return {
      columns: ['_id', 'end_time', 'time'],
      hashed: new Map([
        ['_id', 'UInt64'],
        ['time', 'DateTime'],
      ]),
      where: undefined,
      withEncoder: async (use) => {
        const encoder = idle.pop() ?? compileEncoder(encoderRequest(L7, { exportFields: ['_id'] }));
        const result = await use(encoder);
        idle.push(encoder);
        return result;
      },
    };
  })();

  readonly source: RecordSource = {
    check: () => Promise.resolve(),
    columns: () => Promise.resolve(new Map()),
    earliest: () => Promise.resolve(undefined),
    nextRow: (_dataSource, second) => {
      this.searches++;
      const later = this.rows.filter((row) => row.second >= second);
      return Promise.resolve(
        later.length === 0 ? undefined : Math.min(...later.map((row) => row.second)),
      );
    },
    counts: ({ window }) => {
      const counts = new Map<number, number>();
      for (const { second } of this.rows) {
        if (second < window.from || second >= window.to) continue;
        counts.set(second, (counts.get(second) ?? 0) + 1);
      }
      return Promise.resolve(counts);
    },
    read: ({ window, hash }) => this.#read(window, hash?.forms ?? []),
  };

  async *#read(
    { from, to }: Window,
    forms: readonly HashForm[],
  ): AsyncGenerator<ReturnType<typeof arrowBatch>> {
    if (++this.reads > this.readsMax) await new Promise(() => undefined);
    const rows = this.rows.filter(({ second }) => second >= from && second < to);
    const half = Math.ceil(rows.length / 2);
    for (const part of [rows.slice(0, half), rows.slice(half)]) {
      await Promise.resolve();
      if (part.length > 0) yield columnsOf(part, forms);
      if (this.failures > 0) {
        this.failures--;
        throw new SourceError({ reason: 'ClickHouseError', message: 'cut' }, undefined);
      }
    }
  }
}

/** Rows as the columns that a source answers, with their hashes in these forms. */
export function columnsOf(
  rows: readonly StoredRow[],
  forms: readonly HashForm[],
): ReturnType<typeof arrowBatch> {
  const wide = (values: readonly number[]): Data => {
    const [data] = vectorFromArray(values.map(BigInt), new Uint64()).data;
    if (data === undefined) throw new Error('a vector has data');
    return data;
  };
  const ids = rows.map(({ id }) => id);
  const [time] = vectorFromArray(
    rows.map(({ second }) => second),
    new Uint32(),
  ).data;
  if (time === undefined) throw new Error('a vector has data');
  return arrowBatch(
    new Map([
      ['_id', wide(ids)],
      ['end_time', wide(rows.map(({ second }) => second * 1_000_000))],
      ['time', time],
      // Each form has different hashes.
      ...forms.map((form) => [hashColumn(form), wide(ids.map((id) => hashOf(form, id)))] as const),
    ]),
    rows.length,
  );
}

/** The hash of a row, as far as a row of the simulation has one. */
export function hashOf(form: HashForm, id: number): number {
  return form === HASH_FORM ? id : id + 1_000_000;
}

/** The result of a commit, as its caller learns it and in Kafka. */
export type CommitFate = 'committed' | 'lost' | 'committed, but nobody hears of it' | 'refused';

/** Kafka in memory: what is committed, and one epoch for each shard. */
export class MemoryKafka {
  readonly ids: number[] = [];
  readonly progress = new Map<number, ProgressMessage[]>();
  /** The results of the next commits. After that, all commits succeed. */
  readonly fates: CommitFate[] = [];
  /** Larger batches are refused, unless they hold one record. */
  batchBytesMax = Infinity;
  /** Larger batches of progress are refused. */
  progressBytesMax = Infinity;
  /** How many bytes a transaction may have. */
  transactionBytes = Infinity;
  readonly #epochs = new Map<number, number>();

  producer(shard: number): RecordProducer {
    let epoch = -1;
    let pending: Buffer[] = [];
    const checkEpoch = (): void => {
      if (this.#epochs.get(shard) !== epoch) throw error('fenced');
    };
    const size = { bytes: this.transactionBytes, batchBytes: this.transactionBytes };
    return {
      size,
      isFull: () => sum(pending.map(({ length }) => length)) >= size.bytes,
      open: () => {
        epoch = (this.#epochs.get(shard) ?? 0) + 1;
        this.#epochs.set(shard, epoch);
        pending = [];
        return Promise.resolve(true);
      },
      send: (batch) => {
        checkEpoch();
        pending.push(batch.bytes);
        return Promise.resolve();
      },
      partitioner: () => Promise.resolve(() => 0),
      commit: async (sections) => {
        checkEpoch();
        if (pending.some(({ length }) => length > this.batchBytesMax)) {
          pending = [];
          throw new ProducerError('MESSAGE_TOO_LARGE', { isTooLarge: true });
        }
        if (sections.some(({ bytes }) => bytes.length > this.progressBytesMax)) {
          pending = [];
          throw new ProducerError('MESSAGE_TOO_LARGE', { isTooLarge: true, isOfProgress: true });
        }
        const fate = this.fates.shift() ?? 'committed';
        if (fate === 'lost' || fate === 'refused') {
          pending = [];
          throw error(fate);
        }
        const messages = (await Promise.all(sections.map(messagesOf))).flat();
        // If another producer has opened the shard meanwhile, it has aborted this transaction.
        checkEpoch();
        for (const bytes of pending) this.ids.push(...idsIn(bytes));
        pending = [];
        this.progress.set(shard, [...(this.progress.get(shard) ?? []), ...messages]);
        if (fate !== 'committed') throw error(fate);
      },
      abort: () => {
        pending = [];
        return Promise.resolve(this.#epochs.get(shard) === epoch);
      },
    };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function error(message: string): ProducerError {
  return new ProducerError(message);
}

function idsIn(bytes: Buffer): readonly number[] {
  return [...bytes.toString('latin1').matchAll(/"_id":(\d+)/g)].map(([, id]) => Number(id));
}

async function messagesOf(section: RecordsSection): Promise<readonly ProgressMessage[]> {
  const records = await decodeSection(section);
  return records.flatMap(({ key, value }) => parseProgress(key, value) ?? []);
}
