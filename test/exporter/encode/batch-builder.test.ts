import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BatchBuilder, type BatchLimits } from '../../../src/exporter/encode/batch-builder.ts';
import type { RecordEncoder } from '../../../src/exporter/encode/compile-encoder.ts';
import { noFaults } from '../../../src/exporter/encode/values/value-faults.ts';
import { decodeSection } from '../kafka/produce/decode-section.ts';

const L7 = 'flow_log.l7_flow_log';
const UNLIMITED = { records: 1_000_000, bytes: 100_000_000 };

interface Value {
  readonly text: string;
  readonly timestampMs: number;
}

/** An encoder whose rows are given texts. */
function textEncoder(values: readonly Value[]): RecordEncoder {
  const at = (row: number): Value => {
    const value = values[row];
    if (value === undefined) throw new Error(`there is no row ${row}`);
    return value;
  };
  return {
    columns: [],
    keys: undefined,
    takeFaults: noFaults,
    size: (row) => Buffer.byteLength(at(row).text),
    startBlock: () => undefined,
    encodeLz4: () => {
      throw new Error('texts are not written as LZ4');
    },
    bind: () => undefined,
    encode: (writer, row) => {
      writer.copy(Buffer.from(at(row).text));
    },
    timestampMs: (row) => at(row).timestampMs,
  };
}

const textBuilder = (values: readonly Value[], limits: BatchLimits): BatchBuilder =>
  new BatchBuilder({ dataSource: L7, encoder: textEncoder(values) }, limits, 'plain');

describe('a batch', () => {
  test('is read back by kafkajs, record for record', async () => {
    const value = fc.record({
      text: fc.string({ maxLength: 9_000, size: 'max' }),
      timestampMs: fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }),
    });
    const values = fc.array(value, { minLength: 1, maxLength: 20 });
    const compression = fc.constantFrom('none' as const, 'gzip' as const);
    await fc.assert(
      fc.asyncProperty(values, compression, async (rows, codec) => {
        const builder = textBuilder(rows, UNLIMITED);
        rows.forEach((_, row) => builder.add(row));
        const decoded = await decodeSection(builder.build(), codec);
        expect(
          decoded.map(({ key, value: text, timestamp }) => ({
            key,
            text: text.toString(),
            timestampMs: Number(timestamp),
          })),
        ).toEqual(rows.map((row) => ({ key: null, ...row })));
      }),
      { numRuns: 50 },
    );
  });

  test('is full at its number of records', () => {
    const builder = textBuilder(
      [
        { text: 'a', timestampMs: 1 },
        { text: 'b', timestampMs: 2 },
      ],
      { records: 2, bytes: 1_000 },
    );
    builder.add(0);
    expect(builder.isFull).toBe(false);
    builder.add(1);
    expect(builder.isFull).toBe(true);
    expect(builder.build()).toMatchObject({ records: 2, baseTimestampMs: 1, maxTimestampMs: 2 });
  });

  test('leaves a record that would exceed its bytes to the next batch', () => {
    const builder = textBuilder(
      [
        { text: 'x'.repeat(60), timestampMs: 1 },
        { text: 'y'.repeat(60), timestampMs: 9 },
      ],
      { records: 10, bytes: 150 },
    );
    expect(builder.add(0)).toBe(true);
    const { length } = builder.build().bytes;
    expect(builder.add(1)).toBe(false);
    expect(builder.build()).toMatchObject({ records: 1, maxTimestampMs: 1 });
    expect(builder.build().bytes).toHaveLength(length);
  });

  test('takes a record that is larger than its bytes alone', () => {
    const builder = textBuilder([{ text: 'x'.repeat(500), timestampMs: 1 }], {
      records: 10,
      bytes: 100,
    });
    expect(builder.add(0)).toBe(true);
    expect(builder.isFull).toBe(true);
  });
});
