import { type Data, Float32, vectorFromArray } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATA_SOURCES, type DataSource } from '../../../src/deepflow/data-sources.ts';
import { enumNames } from '../../../src/deepflow/names/enums.ts';
import { type Field, fieldsOf } from '../../../src/deepflow/fields/fields.ts';
import { universalTagOf } from '../../../src/deepflow/names/universal-tags.ts';
import { BatchBuilder, type BatchFormat } from '../../../src/exporter/encode/batch-builder.ts';
import {
  compileEncoder,
  type EncoderRequest,
} from '../../../src/exporter/encode/compile-encoder.ts';
import type { EncodedBatch } from '../../../src/exporter/encode/encoded-batch.ts';
import { decompressLz4Frame } from '../../harness/kafka/lz4-frame.ts';
import { type Canonical, parseExact } from '../../harness/oracle/canonical-json.ts';
import { decodeSection } from '../kafka/produce/decode-section.ts';
import { type AnyRows, anyRows, type Cell } from './any-columns.ts';
import { anyNames } from './any-names.ts';
import { arrowColumns, recordBatch as recordBatchOf } from './arrow-columns.ts';
import { encoderRequest } from './encoder-request.ts';

const UNLIMITED = { records: 1_000, bytes: 100_000_000 };

/** Any choice of fields and forms, also those that the API server refuses together. */
function anyRequest(dataSource: DataSource): fc.Arbitrary<EncoderRequest> {
  const columns = fieldsOf(dataSource).map(({ column }) => column);
  return fc.record({
    dataSource: fc.constant(dataSource),
    exportFields: fc.constantFrom(
      ['$tag', '$metrics'],
      ['$tag', '$metrics', '$k8s.label'],
      ['$k8s.label'],
      ['$metrics', 'pod_id_0', 'event_type'],
      ['$tag.flow_info', '$tag.universal_tag', '~$k8s.label..'],
    ),
    recordFormat: fc.constantFrom('Documented', 'Compatible'),
    keepsEmpty: fc.record({ tags: fc.boolean(), metrics: fc.boolean() }),
    translates: fc.record({ enums: fc.boolean(), resources: fc.boolean() }),
    keepsIds: fc.boolean(),
    organization: fc.constantFrom(1, 2, 1_024),
    timeZone: fc.constantFrom('UTC', 'Asia/Shanghai', 'America/New_York', 'Asia/Kathmandu'),
    tables: anyNames.map((tables) => () => tables),
    available: fc
      .subarray(columns, { minLength: columns.length - 5 })
      .map((some) => new Set([...some, 'time', 'end_time'])),
  });
}

/** All rows as one batch, their columns bound in two parts. */
function encoded(request: EncoderRequest, rows: AnyRows, format: BatchFormat): EncodedBatch {
  const { dataSource } = request;
  const encoder = compileEncoder(request);
  const builder = new BatchBuilder({ dataSource, encoder }, UNLIMITED, format);
  const half = Math.ceil(rows.rows / 2);
  for (const [from, to] of [
    [0, half],
    [half, rows.rows],
  ] as const) {
    encoder.bind(rows.batch(from, to));
    for (let row = 0; row < to - from; row++) expect(builder.add(row)).toBe(true);
  }
  return builder.build();
}

/** The keys of a JSON object as they stand in its text, which `JSON.parse` would merge. */
function keysOf(text: string): readonly string[] {
  const keys: string[] = [];
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(:?)|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.endsWith(':')) keys.push(token);
  }
  return keys;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A value of a record and what decides its form. */
interface Written {
  readonly json: Canonical;
  readonly request: EncoderRequest;
}

/** True when a value of a record is exactly what is stored, or its name. */
function isExact(field: Field, cell: Cell, { json, request }: Written): boolean {
  const cuts = request.recordFormat === 'Compatible';
  if (typeof cell === 'bigint') {
    if (field.form === 'ipv4') {
      return json === [24n, 16n, 8n, 0n].map((shift) => (cell >> shift) & 255n).join('.');
    }
    if (typeof json === 'string') return isName(field, String(cell), { json, request });
    const read = field.form === 'unsigned32' ? BigInt.asUintN(32, cell) : cell;
    const isCut = cuts && /^(?:request|response)_length$/.test(field.key);
    return numberOf(json) === String(isCut ? BigInt.asIntN(32, read) : read);
  }
  if (typeof cell === 'number') return isDouble(json, Math.trunc(cell) + 0);
  if (Buffer.isBuffer(cell)) {
    if (field.form !== 'string') return typeof json === 'string';
    const text = utf8.decode(cell);
    // Codes that begin with a NUL have a test of their own.
    if (text.startsWith('\u0000')) return true;
    const isTranslated = field.enum !== undefined && request.translates.enums;
    return isTranslated ? isName(field, text, { json, request }) : json === text;
  }
  if (!isList(json) || json.length !== cell?.length) return false;
  return cell.every((item: Buffer | number, i) =>
    Buffer.isBuffer(item) ? json[i] === utf8.decode(item) : isDouble(json[i], item),
  );
}

function isList(json: Canonical): json is readonly Canonical[] {
  return Array.isArray(json);
}

/** True for the English name of a code, and for a code without a name as it is, or "" by Compatible. */
function isName(
  { enum: codes, form, name }: Field,
  code: string,
  { json, request }: Written,
): boolean {
  // Other texts stand for addresses or resources.
  if (codes === undefined || universalTagOf(name) !== undefined) return form !== 'string';
  const byDefault = request.recordFormat === 'Documented' ? code : '';
  return json === (enumNames(codes).get(code) ?? byDefault);
}

function numberOf(json: Canonical | undefined): string | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  return 'number' in json && typeof json.number === 'string' ? json.number : undefined;
}

function isDouble(json: Canonical | undefined, value: number): boolean {
  return Number.isFinite(value) ? Object.is(Number(numberOf(json)), value) : json === null;
}

async function valuesOf(section: EncodedBatch): Promise<readonly Buffer[]> {
  return (await decodeSection(section)).map(({ value }) => value);
}

describe.each(DATA_SOURCES)('whatever the columns of %s hold', (dataSource) => {
  const fields = fieldsOf(dataSource);

  test('records are valid JSON in UTF-8, each key once, exact, and the same as LZ4', async () => {
    const anything = fc.tuple(anyRequest(dataSource), anyRows(dataSource));
    await fc.assert(
      fc.asyncProperty(anything, async ([request, rows]) => {
        const plain = encoded(request, rows, 'plain');
        const lz4 = encoded(request, rows, 'lz4');
        expect(decompressLz4Frame(lz4.bytes).equals(plain.bytes)).toBe(true);
        const values = await valuesOf(plain);
        expect(values).toHaveLength(rows.rows);
        const cuts = request.recordFormat === 'Compatible';
        for (const [row, value] of values.entries()) {
          const text = strictUtf8.decode(value);
          const record = parseExact(text);
          expect(keysOf(text)).toHaveLength(Object.keys(record).length);
          const wrong = fields.filter((field) => {
            const [json, cell] = [record[field.key], rows.cell(field.column, row)];
            if (json === undefined || !field.isStored || field.form === 'workload_type')
              return false;
            // Where a column is missing, Compatible has a zero of the server's.
            if (request.available?.has(field.column) === false) return !cuts;
            return cell === null || cell === undefined || !isExact(field, cell, { json, request });
          });
          expect(wrong.map(({ key }) => key)).toEqual([]);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('a column of a type that its field cannot be written from is named, each of them', () => {
    const whole = arrowColumns(dataSource, [{}]);
    const [other] = vectorFromArray([1.5], new Float32()).data;
    const encoder = compileEncoder(
      encoderRequest(dataSource, { translates: { enums: true, resources: true }, keepsIds: true }),
    );
    const columnsWith = (wrong: string): ReadonlyMap<string, Data> =>
      new Map(
        whole.schema.fields.flatMap(({ name }) => {
          const data = name === wrong ? other : whole.getChild(name)?.data[0];
          return data === undefined ? [] : [[name, data]];
        }),
      );
    expect(() => {
      encoder.bind(recordBatchOf(columnsWith(''), 1));
    }).not.toThrow();
    for (const column of encoder.columns) {
      expect(() => {
        encoder.bind(recordBatchOf(columnsWith(column), 1));
      }).toThrow(`column ${column} has the Arrow type Float, but must be `);
    }
  });
});
