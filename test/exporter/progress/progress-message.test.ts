import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATA_SOURCES } from '../../../src/deepflow/data-sources.ts';
import {
  parseProgress,
  type ProgressMessage,
  progressRecords,
} from '../../../src/exporter/progress/progress-message.ts';
import { decodeSection } from '../kafka/produce/decode-section.ts';

const dataSource = fc.constantFrom(...DATA_SOURCES);
const second = fc.integer({ min: 0, max: 4_000_000_000 });
const period = fc.record({ from: second, shards: fc.integer({ min: 1, max: 64 }) });
const hashes = fc
  .uint8Array({ maxLength: 80 })
  .map((bytes) => Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 8))));
const message: fc.Arbitrary<ProgressMessage> = fc.oneof(
  fc.record({ kind: fc.constantFrom('start' as const, 'done' as const), dataSource, second }),
  fc.record({ kind: fc.constant('opened' as const), marker: fc.uuid() }),
  fc.record(
    {
      kind: fc.constant('layout' as const),
      periods: fc.array(period, { minLength: 1, maxLength: 3 }),
      next: period,
    },
    { requiredKeys: ['kind', 'periods'] },
  ),
  fc.record({ kind: fc.constant('barrier' as const), second }),
  fc.record({
    kind: fc.constant('sent' as const),
    dataSource,
    second,
    part: fc.nat({ max: 9 }),
    rows: fc.option(fc.record({ columns: fc.nat({ max: 2 ** 32 - 1 }), hashes }), {
      nil: undefined,
    }),
  }),
);

describe('a message of progress', () => {
  test('reads back as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 8 }), async (messages) => {
        const records = await decodeSection(progressRecords(messages, 1_700_000_000_000));
        expect(records.map(({ key, value }) => parseProgress(key, value))).toEqual(messages);
      }),
    );
  });

  test.each([
    ['without a key', null, '{}'],
    ['of another kind', 'other', '{}'],
    ['of a data source that is not known', 'done flow_log.l8_flow_log', '{"version":1,"second":1}'],
    ['of another version', 'done flow_log.l7_flow_log', '{"version":9,"second":1}'],
    ['that is no JSON', 'layout', '{'],
    ['that is cut', 'sent flow_log.l7_flow_log 5 0', '\u0001'],
  ])('%s is ignored, since a newer exporter may have written it', (_name, key, value) => {
    const keyBytes = key === null ? null : Buffer.from(key);
    expect(parseProgress(keyBytes, Buffer.from(value))).toBeUndefined();
  });
});
