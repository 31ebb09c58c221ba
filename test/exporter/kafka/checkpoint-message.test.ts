import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeRecordBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import { describe, expect, test } from 'vitest';
import {
  checkpointRecords,
  parseCheckpoint,
} from '../../../src/exporter/kafka/checkpoint-message.ts';
import { recordBatch } from '../../../src/exporter/kafka/record-batch.ts';

describe('a checkpoint', () => {
  test('is read back as it was written', async () => {
    const checkpoints = new Map([
      ['flow_log.l4_flow_log', 1_718_000_000],
      ['flow_log.l7_flow_log', 1_718_000_055],
    ] as const);
    const batch = await recordBatch(checkpointRecords(checkpoints, 1_718_000_100_000), 'none');
    const { records } = await decodeRecordBatch(new Decoder(batch));
    expect(
      new Map(
        records.flatMap(({ key, value }) => {
          const parsed = parseCheckpoint(key, value);
          return parsed === undefined ? [] : [parsed];
        }),
      ),
    ).toEqual(checkpoints);
  });

  test.each([
    ['an unknown data source', 'flow_log.other', '{"version":1,"deliveredUpTo":1}'],
    ['another version', 'flow_log.l7_flow_log', '{"version":2,"deliveredUpTo":1}'],
    ['no JSON', 'flow_log.l7_flow_log', 'x'],
    ['a tombstone', 'flow_log.l7_flow_log', null],
    ['no key', null, '{"version":1,"deliveredUpTo":1}'],
  ])('with %s is passed over', (_name, key, value) => {
    const bytes = (text: string | null): Buffer | null =>
      text === null ? null : Buffer.from(text);
    expect(parseCheckpoint(bytes(key), bytes(value))).toBeUndefined();
  });
});
