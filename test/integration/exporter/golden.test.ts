import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { RecordBatch } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DATA_SOURCES, type DataSource } from '../../../src/deepflow/data-sources.ts';
import { fieldsOf } from '../../../src/deepflow/fields/fields.ts';
import { ByteWriter } from '../../../src/exporter/encode/bytes/byte-writer.ts';
import {
  compileEncoder,
  type EncoderRequest,
} from '../../../src/exporter/encode/compile-encoder.ts';
import {
  createBatchReader,
  type ReadBatches,
} from '../../../src/exporter/source/clickhouse/rows/read-batches.ts';
import {
  compileNamesReader,
  NOTHING_READ,
} from '../../../src/exporter/source/clickhouse/names/read-names.ts';
import { clickHouseAt } from '../../exporter/source/clickhouse/clickhouse-at.ts';
import { expectToFit } from '../../exporter/records/schema/fits-schema.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { dictionaryStatements, TABLES, tableNamed } from '../../harness/generator/tables.ts';

const { timeZone, dictionaries, cases } = z
  .object({
    timeZone: z.string(),
    dictionaries: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
    cases: z.array(
      z.object({
        name: z.string(),
        dataSource: z.enum(DATA_SOURCES),
        translates: z.boolean(),
        row: z.string(),
        record: z.string(),
      }),
    ),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../fixtures/deepflow-records.json', import.meta.url), 'utf8'),
    ),
  );

let clickHouse: ClickHouseHandle;
let read: ReadBatches;
const { signal } = new AbortController();

beforeAll(async () => {
  clickHouse = await startClickHouse();
  read = createBatchReader(clickHouseAt(clickHouse));
  for (const database of new Set([...TABLES.map((table) => table.database), 'flow_tag'])) {
    await clickHouse.query(`CREATE DATABASE ${database}`);
  }
  for (const { ddl, quotedName } of TABLES) {
    await clickHouse.query(ddl);
    // The rows are older than DeepFlow keeps them.
    await clickHouse.query(`ALTER TABLE ${quotedName} REMOVE TTL`);
  }
  for (const statement of dictionaryStatements()) await clickHouse.query(statement);
  for (const [dictionary, rows] of Object.entries(dictionaries)) {
    await clickHouse.insert(`flow_tag.${dictionary}_rows`, rows);
  }
});
afterAll(() => clickHouse.stop());

async function onlyBatch(query: string): Promise<RecordBatch> {
  const batches: RecordBatch[] = [];
  for await (const batch of read(query, signal)) batches.push(batch);
  const [batch] = batches;
  if (batch?.numRows !== 1 || batches.length > 1) throw new Error('the table must hold one row');
  return batch;
}

type Case = (typeof cases)[number];

/** The record of a case's row, through the engine, and its time. */
async function exported(
  { dataSource, translates, row }: Case,
  recordFormat: EncoderRequest['recordFormat'],
): Promise<{ readonly request: EncoderRequest; readonly record: string; readonly timeMs: number }> {
  const { quotedName } = tableNamed(dataSource);
  await clickHouse.query(`TRUNCATE TABLE ${quotedName}`);
  await clickHouse.insert(quotedName, row);
  const names = { url: clickHouse.url, organization: 1, labels: undefined };
  const { tables, failures } = await compileNamesReader(read, names)(NOTHING_READ.tables, signal);
  expect(failures).toEqual([]);
  const request: EncoderRequest = {
    dataSource,
    exportFields: ['$tag', '$metrics'],
    recordFormat,
    keepsEmpty: { tags: false, metrics: true },
    translates: { enums: translates, resources: translates },
    keepsIds: false,
    organization: 1,
    timeZone,
    tables: () => tables,
  };
  const encoder = compileEncoder(request);
  const columns = encoder.columns.map((column) => `\`${column}\``).join(', ');
  encoder.bind(await onlyBatch(`SELECT ${columns} FROM ${quotedName}`));
  const writer = new ByteWriter(encoder.size(0));
  encoder.encode(writer, 0);
  const record = writer.buffer.toString('utf8', 0, writer.position);
  return { request, record, timeMs: encoder.timestampMs(0) };
}

describe('a record is byte for byte that of deepflow-server 7.1:', () => {
  test.each(cases)('$name ($dataSource)', async (each) => {
    const { request, record, timeMs } = await exported(each, 'Compatible');
    expect(record).toBe(each.record);
    expectToFit(request, record);
    const { end_time: micros, time } = z
      .object({ end_time: z.number().optional(), time: z.number() })
      .parse(JSON.parse(record));
    expect(timeMs).toBe(Math.floor((micros ?? time * 1_000_000) / 1000));
  });
});

/** Which row of docs/record-format.md says that a key differs; undefined: none does. */
function differenceOf(
  dataSource: DataSource,
  key: string,
  compatible: unknown,
): string | undefined {
  if (/^(ip6|tunnel_.*ip6|nat_real_ip6)/.test(key)) return 'IPv6 addresses';
  if (/^capture_nic_type/.test(key)) return '`capture_nic_type` of calls';
  if (/^(request|response)_length$/.test(key)) return 'lengths above 32 bits';
  if (dataSource.startsWith('event.')) {
    if (key.startsWith('gprocess')) return 'process names of events';
    const { subcategory } = fieldsOf(dataSource).find((field) => field.key === key) ?? {};
    if (subcategory === 'event_info') return 'what `$tag` selects of events';
    if (compatible !== undefined) return 'fields of files in process events';
  }
  if (/^auto_(service|instance)_type|^l3_device_type/.test(key)) {
    return 'types of resources that the server forgets';
  }
  const field = fieldsOf(dataSource).find((each) => each.key === key);
  return field?.enum !== undefined && compatible === undefined ? 'codes without a name' : undefined;
}

const recordSchema = z.record(z.string(), z.unknown());

describe('a record as Documented differs by rows of docs/record-format.md alone:', () => {
  const page = readFileSync(new URL('../../../docs/record-format.md', import.meta.url), 'utf8');
  test.each(cases)('$name ($dataSource)', async (each) => {
    const { request, record } = await exported(each, 'Documented');
    expectToFit(request, record);
    const compatible = recordSchema.parse(JSON.parse(each.record));
    const documented = recordSchema.parse(JSON.parse(record));
    for (const key of new Set([...Object.keys(compatible), ...Object.keys(documented)])) {
      if (isDeepStrictEqual(compatible[key], documented[key])) continue;
      const difference = differenceOf(each.dataSource, key, compatible[key]);
      expect(page, `${key} differs`).toContain(`| ${difference ?? 'no row says so'} |`);
    }
  });
});
