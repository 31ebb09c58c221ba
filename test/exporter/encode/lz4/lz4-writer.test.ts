import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATA_SOURCES } from '../../../../src/deepflow/data-sources.ts';
import { BatchBuilder } from '../../../../src/exporter/encode/batch-builder.ts';
import { compileEncoder } from '../../../../src/exporter/encode/compile-encoder.ts';
import { jsonText, NO_NAMES } from '../../../../src/exporter/encode/values/name-tables.ts';
import { decompressLz4Frame } from '../../../harness/kafka/lz4-frame.ts';
import { expectToFit } from '../../records/schema/fits-schema.ts';
import { arrowColumns, type Row } from '../arrow-columns.ts';
import { encoderRequest } from '../encoder-request.ts';

const L7 = 'flow_log.l7_flow_log';
const UNLIMITED = { records: 100_000, bytes: 100_000_000 };

/** Few values, so that rows are often alike, and long ones, so that lengths need more bytes. */
const text = fc.oneof(
  fc.constantFrom('', 'GET', '/api/v1/orders', '数据 "quoted"', 'x'.repeat(300)),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.nat({ max: 12_000 }).map((length) => 'y'.repeat(length)),
);
const small = fc.constantFrom(0, 1, 2, 7, 255);
const row: fc.Arbitrary<Row> = fc.record({
  _id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  end_time: fc.bigInt({ min: 1_718_000_000_000_000n, max: 1_718_000_100_000_000n }),
  l7_protocol: fc.constantFrom(20n, 60n, 120n, 199n),
  region_id_0: small.map(BigInt),
  region_id_1: small.map(BigInt),
  pod_id_0: small.map(BigInt),
  auto_instance_type_0: fc.constantFrom(0n, 10n, 255n),
  request_resource: text,
  trace_id: text,
  observation_point: fc.constantFrom('c', 's-p', 'unheard of', ''),
  request_id: fc.option(fc.bigInt({ min: 0n, max: 99n })),
  attribute_names: fc.array(fc.constantFrom('a', 'b"', ''), { maxLength: 3 }),
  attribute_values: fc.array(text, { maxLength: 3 }),
  metrics_values: fc.array(fc.double(), { maxLength: 3 }),
});

/** Many rows of few kinds: more than the encoder prepares at once. */
const manyRows = fc
  .tuple(
    fc.array(row, { minLength: 1, maxLength: 8 }),
    fc.array(fc.nat(), { minLength: 1, maxLength: 300 }),
  )
  .map(([kinds, order]) => order.map((choice) => kinds[choice % kinds.length] ?? {}));

const tables = {
  ...NO_NAMES,
  byId: {
    ...NO_NAMES.byId,
    region_map: new Map([
      [1, jsonText('cn-beijing')],
      [2, jsonText('a "b"')],
      [7, jsonText('x')],
    ]),
    pod_map: new Map([[255, jsonText('p'.repeat(400))]]),
  },
};

/** The records section of all rows, in two bound batches, written plainly or as LZ4 and decompressed. */
function section(
  rows: readonly Row[],
  format: 'plain' | 'lz4',
  options: { readonly translates: boolean; readonly limits?: { records: number; bytes: number } },
): readonly Buffer[] {
  const { translates, limits = UNLIMITED } = options;
  const encoder = compileEncoder(
    encoderRequest(L7, {
      translates: { enums: translates, resources: translates },
      tables: () => tables,
    }),
  );
  const sections: Buffer[] = [];
  const start = (): BatchBuilder => new BatchBuilder({ dataSource: L7, encoder }, limits, format);
  const finish = (builder: BatchBuilder): void => {
    const { bytes } = builder.build();
    sections.push(format === 'lz4' ? decompressLz4Frame(bytes) : bytes);
  };
  let builder = start();
  const half = Math.ceil(rows.length / 2);
  for (const part of [rows.slice(0, half), rows.slice(half)]) {
    if (part.length === 0) continue;
    encoder.bind(arrowColumns(L7, part));
    for (let i = 0; i < part.length; i++) {
      if (builder.add(i)) continue;
      finish(builder);
      builder = start();
      builder.add(i);
    }
  }
  if (builder.records > 0) finish(builder);
  return sections;
}

describe('records written as LZ4', () => {
  test.each([false, true])(
    'are the plain records, byte for byte, when decompressed (names: %s)',
    (translates) => {
      fc.assert(
        fc.property(manyRows, (rows) => {
          expect(section(rows, 'lz4', { translates })).toEqual(
            section(rows, 'plain', { translates }),
          );
        }),
        { numRuns: 30 },
      );
    },
  );

  test('are the same records when batches end by their size', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 5, maxLength: 40 }), (rows) => {
        const limits = { records: 7, bytes: 4_000 };
        const records = (sections: readonly Buffer[]): number => sections.length;
        const whole = section(rows, 'lz4', { translates: true, limits });
        expect(records(whole)).toBeGreaterThan(0);
        for (const part of whole) expect(part.includes('"time_str"')).toBe(true);
        const values = (sections: readonly Buffer[]): string[] =>
          sections.flatMap((bytes) => bytes.toString('latin1').match(/"_id":\d+/g) ?? []);
        expect(values(whole)).toEqual(values(section(rows, 'plain', { translates: true })));
      }),
      { numRuns: 30 },
    );
  });

  test('are much smaller when rows are alike', () => {
    const rows = Array.from({ length: 200 }, (_, i) => ({
      _id: BigInt(i),
      end_time: BigInt(1_718_000_000_000_000 + i),
      request_resource: '/api/v1/orders',
    }));
    const encoder = compileEncoder(encoderRequest(L7));
    encoder.bind(arrowColumns(L7, rows));
    const sizes = (['plain', 'lz4'] as const).map((format) => {
      const builder = new BatchBuilder({ dataSource: L7, encoder }, UNLIMITED, format);
      rows.forEach((_, i) => builder.add(i));
      return builder.build().bytes.length;
    });
    expect((sizes[0] ?? 0) / (sizes[1] ?? 1)).toBeGreaterThan(5);
  });
});

describe.each(DATA_SOURCES)('a record of %s', (dataSource) => {
  test('without any value fits its schema in both formats, translated or not', () => {
    for (const recordFormat of ['Documented', 'Compatible'] as const) {
      for (const translates of [false, true]) {
        const request = encoderRequest(dataSource, {
          recordFormat,
          translates: { enums: translates, resources: translates },
          keepsEmpty: { tags: translates, metrics: translates },
        });
        const encoder = compileEncoder(request);
        encoder.bind(arrowColumns(dataSource, [{}]));
        const builder = new BatchBuilder({ dataSource, encoder }, UNLIMITED, 'plain');
        builder.add(0);
        const text = builder.build().bytes.toString('latin1');
        expectToFit(request, text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
      }
    }
  });
});
