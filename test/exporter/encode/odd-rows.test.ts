import { makeData, Utf8 } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import { BatchBuilder } from '../../../src/exporter/encode/batch-builder.ts';
import {
  compileEncoder,
  type EncoderRequest,
} from '../../../src/exporter/encode/compile-encoder.ts';
import { arrowColumns, recordBatch, type Row } from './arrow-columns.ts';
import { encoderRequest } from './encoder-request.ts';

const L7 = 'flow_log.l7_flow_log';

function records(
  dataSource: DataSource,
  rows: readonly Row[],
  change: Partial<EncoderRequest> = {},
): string {
  const encoder = compileEncoder(encoderRequest(dataSource, change));
  encoder.bind(arrowColumns(dataSource, rows));
  const limits = { records: rows.length, bytes: 1_000_000 };
  const builder = new BatchBuilder({ dataSource, encoder }, limits, 'plain');
  for (const row of rows.keys()) builder.add(row);
  return builder.build().bytes.toString();
}

describe('a row that DeepFlow would not write', () => {
  test.each([
    ['before 1970', -1_000_000n, '1969-12-31 23:59:59 +0000 UTC'],
    ['in the first year of ClickHouse', -2_208_988_800_000_000n, '1900-01-01 00:00:00 +0000 UTC'],
    ['beyond all calendars', 2n ** 63n - 1n, '9999-12-30 00:00:00.776192 +0000 UTC'],
  ])('has a time when its end is %s', (_name, end_time, text) => {
    expect(records(L7, [{ end_time }])).toContain(`"time_str":"${text}"`);
  });

  test('keeps a code that differs from a known one by a NUL in front', () => {
    const rows = ['c', '\u0000c'].map((code) => ({ end_time: 1n, observation_point: code }));
    const text = records(L7, rows, { translates: { enums: true, resources: false } });
    expect(text).toContain('"observation_point":"Client NIC"');
    expect(text).toContain('"observation_point":"\\u0000c"');
  });

  test.each(['_id', 'server_port', 'pod_id_0', 'request_id'])(
    'is refused when its column %s holds text, whose bytes are no numbers',
    (column) => {
      const whole = arrowColumns(L7, [{}, {}]);
      const valueOffsets = Int32Array.of(0, 4, 8);
      const data = Buffer.from('80804433');
      const text = makeData({ type: new Utf8(), length: 2, nullCount: 0, valueOffsets, data });
      const columns = new Map(
        whole.schema.fields.flatMap(({ name }) => {
          const found = name === column ? text : whole.getChild(name)?.data[0];
          return found === undefined ? [] : [[name, found] as const];
        }),
      );
      expect(() => {
        compileEncoder(encoderRequest(L7)).bind(recordBatch(columns, 2));
      }).toThrow(`column ${column} has the Arrow type Utf8`);
    },
  );
});
