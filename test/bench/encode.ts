import { constants, zstdCompressSync } from 'node:zlib';
import { type RecordBatch, RecordBatchReader } from 'apache-arrow';
import { compressSync as lz4CompressSync } from 'lz4-napi';
import { z } from 'zod';
import type { DataSource } from '../../src/deepflow/data-sources.ts';
import { fieldsOf } from '../../src/deepflow/fields/fields.ts';
import { BatchBuilder, type BatchFormat } from '../../src/exporter/encode/batch-builder.ts';
import { compileEncoder, type RecordEncoder } from '../../src/exporter/encode/compile-encoder.ts';
import { createBatchReader } from '../../src/exporter/source/clickhouse/rows/read-batches.ts';
import { windowQuery } from '../../src/exporter/source/clickhouse/rows/row-query.ts';
import {
  compileNamesReader,
  NOTHING_READ,
} from '../../src/exporter/source/clickhouse/names/read-names.ts';
import { clickHouseAt } from '../exporter/source/clickhouse/clickhouse-at.ts';
import { type ClickHouseHandle, startClickHouse } from '../harness/clickhouse/start-clickhouse.ts';
import { createSchema, insertRows } from '../harness/generator/generate.ts';
import {
  type Candidate,
  cpuMicrosOf,
  type Figure,
  measureRecordsPerCpuSecond,
  tableOf,
} from './measure.ts';

const SOURCES: readonly DataSource[] = [
  'flow_log.l7_flow_log',
  'flow_log.l4_flow_log',
  'flow_metrics.network_map.1m',
];
const ROWS = 40_000;
const ROUNDS = { warmUp: 2, measured: 7 };
const LIMITS = { records: 1_024, bytes: 900_000 };

/**
 * Measures the encoder beside its alternatives, on generated rows in ClickHouse's own Arrow columns: an object a
 * row and `JSON.stringify`, the same batches compressed afterwards, and JSON written by ClickHouse itself, whose CPU
 * time is ClickHouse's.
 */
export async function benchEncode(print: (line: string) => void): Promise<readonly Figure[]> {
  const clickHouse = await startClickHouse();
  try {
    await createSchema(clickHouse);
    const subjects: Subject[] = [];
    for (const dataSource of SOURCES) subjects.push(await prepare(clickHouse, dataSource));
    const figures: Figure[] = [];
    for (const subject of subjects) figures.push(...(await benchSubject(subject, print)));
    return figures;
  } finally {
    await clickHouse.stop();
  }
}

/** Columns in memory, and what encodes them. */
interface Subject {
  readonly clickHouse: ClickHouseHandle;
  readonly dataSource: DataSource;
  /** ClickHouse's answer as it came, and its columns. */
  readonly stream: Buffer;
  readonly batches: readonly RecordBatch[];
  readonly translated: RecordEncoder;
  readonly raw: RecordEncoder;
}

async function prepare(clickHouse: ClickHouseHandle, dataSource: DataSource): Promise<Subject> {
  const toMicros = Date.now() * 1000;
  const fromMicros = toMicros - 60_000_000;
  await insertRows(clickHouse, {
    dataSource,
    seed: 1,
    firstRow: 0,
    rows: ROWS,
    fromMicros,
    toMicros,
  });
  const { signal } = new AbortController();
  const readNames = compileNamesReader(createBatchReader(clickHouseAt(clickHouse)), {
    organization: 1,
    labels: undefined,
  });
  const { tables } = await readNames(NOTHING_READ.tables, signal);
  const encoderFor = (translates: boolean): RecordEncoder =>
    compileEncoder({
      dataSource,
      exportFields: ['$tag', '$metrics'],
      recordFormat: 'Documented',
      keepsEmpty: { tags: false, metrics: true },
      translates: { enums: translates, resources: translates },
      keepsIds: false,
      organization: 1,
      timeZone: 'UTC',
      tables: () => tables,
    });
  const translated = encoderFor(true);
  const stream = await readColumns(clickHouse, dataSource, translated.columns);
  const batches = batchesIn(stream);
  return { clickHouse, dataSource, stream, batches, translated, raw: encoderFor(false) };
}

async function benchSubject(
  subject: Subject,
  print: (line: string) => void,
): Promise<readonly Figure[]> {
  const { dataSource, batches, translated } = subject;
  const sizes = { native: 0, zstd: 0 };
  const plain = encodeAll(translated, batches, 'plain', (section) => {
    sizes.native += nativeLz4(section);
    sizes.zstd += zstd1(section);
  });
  const lz4 = encodeAll(translated, batches, 'lz4');
  const ratioOf = (bytes: number): string => (plain.bytes / bytes).toFixed(2);
  const bytesPerRecord = plain.bytes / plain.records;
  print(
    `${dataSource}: ${Math.round(bytesPerRecord)} bytes a record; ` +
      `LZ4 written ${ratioOf(lz4.bytes)} : 1, native lz4 ${ratioOf(sizes.native)} : 1, ` +
      `zstd level 1 ${ratioOf(sizes.zstd)} : 1`,
  );
  const candidates = candidatesOf(subject, bytesPerRecord);
  const figures = await measureRecordsPerCpuSecond(candidates, ROUNDS);
  print(`${tableOf(figures, candidates)}\n`);
  return figures;
}

function candidatesOf(subject: Subject, bytesPerRecord: number): readonly Candidate[] {
  const { clickHouse, dataSource, stream, batches, translated, raw } = subject;
  const compressed = (compress: (section: Buffer) => number) => (): number =>
    encodeAll(translated, batches, 'plain', compress).records;
  const encoded = (encoder: RecordEncoder, format: BatchFormat) => (): number =>
    encodeAll(encoder, batches, format).records;
  const works: Readonly<Record<string, Candidate['work']>> = {
    'columns → JSON': encoded(translated, 'plain'),
    'columns → JSON, ids': encoded(raw, 'plain'),
    'columns → LZ4': encoded(translated, 'lz4'),
    'Arrow stream → columns → LZ4': () => encodeAll(translated, batchesIn(stream), 'lz4').records,
    'columns → JSON → native lz4': compressed(nativeLz4),
    'columns → JSON → zstd 1': compressed(zstd1),
    'objects, JSON.stringify': () => stringifyAll(dataSource, batches),
  };
  const ours = Object.entries(works).map(([name, work]) => ({
    name: `${dataSource} ${name}`,
    work,
    bytesPerRecord,
  }));
  const { processId } = clickHouse;
  if (processId === undefined) return ours;
  const byClickHouse = (['JSONEachRow', 'ArrowStream'] as const).map((format) => ({
    name: `${dataSource} ClickHouse’s ${format}`,
    work: () => answerAll(clickHouse, { dataSource, columns: translated.columns, format }),
    bytesPerRecord,
    cpuMicros: () => cpuMicrosOf(processId),
  }));
  return [...ours, ...byClickHouse];
}

/** Lets ClickHouse write all rows in a format; how many there are. */
async function answerAll(
  clickHouse: ClickHouseHandle,
  answer: {
    readonly dataSource: DataSource;
    readonly columns: readonly string[];
    readonly format: 'JSONEachRow' | 'ArrowStream';
  },
): Promise<number> {
  const response = await queryRows(clickHouse, answer);
  for await (const chunk of response.body ?? []) z.instanceof(Uint8Array).parse(chunk);
  return ROWS;
}

async function readColumns(
  clickHouse: ClickHouseHandle,
  dataSource: DataSource,
  columns: readonly string[],
): Promise<Buffer> {
  const response = await queryRows(clickHouse, { dataSource, columns, format: 'ArrowStream' });
  return Buffer.from(await response.arrayBuffer());
}

function batchesIn(stream: Buffer): readonly RecordBatch[] {
  return [...RecordBatchReader.from(stream)].filter(({ numRows }) => numRows > 0);
}

async function queryRows(
  clickHouse: ClickHouseHandle,
  rows: {
    readonly dataSource: DataSource;
    readonly columns: readonly string[];
    readonly format: string;
  },
): Promise<Response> {
  const query = windowQuery(
    { ...rows, organizationId: 1, importedSpans: true },
    { from: 0, to: 4_294_967_295 },
  );
  const settings = new URLSearchParams({
    max_threads: '1',
    max_block_size: '8192',
    output_format_arrow_compression_method: 'none',
  });
  return fetch(`${clickHouse.url}/?${settings.toString()}`, {
    method: 'POST',
    headers: {
      'X-ClickHouse-User': clickHouse.username,
      'X-ClickHouse-Key': clickHouse.password,
      // The server gives a kept connection up while the event loop encodes.
      Connection: 'close',
    },
    body: `${query} FORMAT ${rows.format}`,
  });
}

interface Encoded {
  readonly records: number;
  readonly bytes: number;
}

function encodeAll(
  encoder: RecordEncoder,
  batches: readonly RecordBatch[],
  format: BatchFormat,
  use: (section: Buffer) => void = () => undefined,
): Encoded {
  const source = { dataSource: SOURCES[0] ?? 'flow_log.l7_flow_log', encoder } as const;
  let records = 0;
  let bytes = 0;
  let builder = new BatchBuilder(source, LIMITS, format);
  const finish = (): void => {
    if (builder.records > 0) {
      const section = builder.build().bytes;
      bytes += section.length;
      use(section);
    }
    builder = new BatchBuilder(source, LIMITS, format);
  };
  for (const batch of batches) {
    encoder.bind(batch);
    for (let row = 0; row < batch.numRows; row++) {
      if (!builder.add(row)) {
        finish();
        builder.add(row);
      }
      if (builder.isFull) finish();
      records++;
    }
  }
  finish();
  return { records, bytes };
}

/** What one writes without thinking of speed: an object a row, from the same columns, not even translated. */
function stringifyAll(dataSource: DataSource, batches: readonly RecordBatch[]): number {
  const fields = fieldsOf(dataSource).filter(({ isStored }) => isStored);
  let records = 0;
  for (const batch of batches) {
    const columns = fields.map(({ column }) => batch.getChild(column));
    for (let row = 0; row < batch.numRows; row++) {
      const record: Record<string, unknown> = { datasource: dataSource };
      fields.forEach(({ key }, i) => {
        const value: unknown = columns[i]?.get(row);
        if (value === null || value === '') return;
        record[key] = typeof value === 'bigint' ? Number(value) : value;
      });
      records += JSON.stringify(record).length > 0 ? 1 : 0;
    }
  }
  return records;
}

function zstd1(section: Buffer): number {
  return zstdCompressSync(section, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }).length;
}

function nativeLz4(section: Buffer): number {
  return lz4CompressSync(section).length;
}
