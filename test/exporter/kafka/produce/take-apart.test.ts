import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMPRESSIONS } from '../../../../src/exporter/contract/exporter-config.ts';
import type { RecordsSection } from '../../../../src/exporter/encode/encoded-batch.ts';
import { compressRecords } from '../../../../src/exporter/kafka/produce/record-batch.ts';
import { type BatchPart, takeApart } from '../../../../src/exporter/kafka/produce/take-apart.ts';
import { progressRecords } from '../../../../src/exporter/progress/progress-message.ts';
import { poisonedMemory } from '../../../lib/poisoned-memory.ts';
import { decodeSection } from './decode-section.ts';

/** LZ4 is written by the encoder, and taken apart with real brokers. */
const codecs = COMPRESSIONS.filter((codec) => codec !== 'lz4');

/** Records whose keys name their places. */
function sectionOf(records: number): RecordsSection {
  const second = Array.from({ length: records }, (_, i) => i);
  return progressRecords(
    second.map((part) => ({
      kind: 'sent',
      dataSource: 'flow_log.l7_flow_log',
      second: 7,
      part,
      rows: { columns: 1, hashes: Buffer.alloc(part % 300, part) },
    })),
    1_700_000_000_000,
  );
}

async function keysOf(section: RecordsSection): Promise<readonly (string | undefined)[]> {
  const records = await decodeSection(section);
  expect(records.map(({ offset }) => Number(offset))).toEqual(records.map((_, i) => i));
  return records.map(({ key }) => key?.toString());
}

const keysAt = (places: readonly number[]): readonly string[] =>
  places.map((place) => `sent flow_log.l7_flow_log 7 ${place}`);

async function expectRecordsOf(part: BatchPart | undefined): Promise<void> {
  if (part === undefined) return;
  expect(part.section.records).toBe(part.places.length);
  expect(await keysOf(part.section)).toEqual(keysAt(part.places));
}

describe('a batch that is taken apart', () => {
  test('keeps every record, in its order, among the refused or the other ones', async () => {
    const cases = fc
      .integer({ min: 1, max: 400 })
      .chain((count) =>
        fc.tuple(fc.constant(count), fc.subarray(Array.from({ length: count }, (_, i) => i))),
      );
    await fc.assert(
      fc.asyncProperty(cases, fc.constantFrom(...codecs), async ([count, refused], codec) => {
        const records = await compressRecords(sectionOf(count), codec, poisonedMemory);
        const parts = await takeApart(records, refused);
        for (const part of [parts.refused, ...parts.others]) await expectRecordsOf(part);
        const places = [parts.refused, ...parts.others].flatMap((part) => part?.places ?? []);
        expect(places.toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, i) => i),
        );
        if (refused.length > 0) expect(parts.refused?.places).toEqual(refused);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['no record', []],
    ['only records that the batch does not have', [5, -1]],
  ])('is two halves when the broker names %s', async (_name, named) => {
    const records = await compressRecords(sectionOf(5), 'none', poisonedMemory);
    const { refused, others } = await takeApart(records, named);
    expect(refused).toBeUndefined();
    expect(others.map(({ places }) => places)).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });
});
