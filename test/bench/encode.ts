import { constants, zstdCompressSync } from 'node:zlib';
import { type RecordBatch, RecordBatchReader } from 'apache-arrow';
import type { DataSource } from '../../src/deepflow/data-sources.ts';
import { fieldsOf } from '../../src/deepflow/fields.ts';
import { BatchBuilder, type BatchFormat } from '../../src/exporter/encode/batch-builder.ts';
import { compileEncoder, type RecordEncoder } from '../../src/exporter/encode/compile-encoder.ts';
import {
  createBatchReader,
  createRotatingClient,
} from '../../src/exporter/source/clickhouse/clickhouse-client.ts';
import { windowQuery } from '../../src/exporter/source/clickhouse/query.ts';
import {
  compileNamesReader,
  NOTHING_READ,
} from '../../src/exporter/source/clickhouse/read-names.ts';
import { type ClickHouseHandle, startClickHouse } from '../harness/clickhouse/start-clickhouse.ts';
import { createSchema, insertRows } from '../harness/generator/generate.ts';
import { type Candidate, type Figure, measureRecordsPerCpuSecond, tableOf } from './measure.ts';

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
 * row and `JSON.stringify`, and the same batches compressed afterwards.
 */
export async function benchEncode(print: (line: string) => void): Promise<readonly Figure[]> {
  const clickHouse = await startClickHouse();
  try {
    await createSchema(clickHouse);
    const subjects: Subject[] = [];
    for (const dataSource of SOURCES) subjects.push(await prepare(clickHouse, dataSource));
    return subjects.flatMap((subject) => benchSubject(subject, print));
  } finally {
    await clickHouse.stop();
  }
}

/** Columns in memory, and what encodes them. */
interface Subject {
  readonly dataSource: DataSource;
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
  const client = createRotatingClient(
    { url: clickHouse.url, authenticated: true, requestTimeoutMs: 60_000 },
    () => ({ clickHouseUsername: clickHouse.username, clickHousePassword: clickHouse.password }),
  );
  const { signal } = new AbortController();
  const readNames = compileNamesReader(createBatchReader(client), {
    url: clickHouse.url,
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
  const batches = await readColumns(clickHouse, dataSource, translated.columns);
  return { dataSource, batches, translated, raw: encoderFor(false) };
}

function benchSubject(
  { dataSource, batches, translated, raw }: Subject,
  print: (line: string) => void,
): readonly Figure[] {
  const plain = encodeAll(translated, batches, 'plain');
  const lz4 = encodeAll(translated, batches, 'lz4');
  const zstd = plain.sections.map(zstd1);
  print(
    `${dataSource}: ${Math.round(plain.bytes / plain.records)} bytes a record; ` +
      `lz4 ${(plain.bytes / lz4.bytes).toFixed(2)} : 1, zstd level 1 ${(plain.bytes / sum(zstd)).toFixed(2)} : 1`,
  );
  const name = (what: string): string => `${dataSource} ${what}`;
  const candidates: readonly Candidate[] = [
    { name: name('columns → JSON'), work: () => encodeAll(translated, batches, 'plain').records },
    { name: name('columns → JSON, ids'), work: () => encodeAll(raw, batches, 'plain').records },
    { name: name('columns → LZ4'), work: () => encodeAll(translated, batches, 'lz4').records },
    {
      name: name('columns → JSON → zstd 1'),
      work: () => {
        const { sections, records } = encodeAll(translated, batches, 'plain');
        sections.forEach(zstd1);
        return records;
      },
    },
    { name: name('objects, JSON.stringify'), work: () => stringifyAll(dataSource, batches) },
  ];
  const figures = measureRecordsPerCpuSecond(candidates, ROUNDS);
  print(`${tableOf(figures)}\n`);
  return figures;
}

async function readColumns(
  clickHouse: ClickHouseHandle,
  dataSource: DataSource,
  columns: readonly string[],
): Promise<readonly RecordBatch[]> {
  const query = windowQuery({ dataSource, columns, organizationId: 1, importedSpans: true });
  const settings = new URLSearchParams({
    param_from: '0',
    param_to: '4294967295',
    max_block_size: '8192',
    output_format_arrow_compression_method: 'none',
  });
  const response = await fetch(`${clickHouse.url}/?${settings.toString()}`, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': clickHouse.username, 'X-ClickHouse-Key': clickHouse.password },
    body: query,
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return [...RecordBatchReader.from(bytes)].filter(({ numRows }) => numRows > 0);
}

interface Encoded {
  readonly records: number;
  readonly bytes: number;
  readonly sections: readonly Buffer[];
}

function encodeAll(
  encoder: RecordEncoder,
  batches: readonly RecordBatch[],
  format: BatchFormat,
): Encoded {
  const source = { dataSource: SOURCES[0] ?? 'flow_log.l7_flow_log', encoder } as const;
  const sections: Buffer[] = [];
  let records = 0;
  let builder = new BatchBuilder(source, LIMITS, format);
  const finish = (): void => {
    if (builder.records > 0) sections.push(builder.build().bytes);
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
  return { records, bytes: sections.reduce((all, { length }) => all + length, 0), sections };
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

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
