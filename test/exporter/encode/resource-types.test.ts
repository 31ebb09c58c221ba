import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DEVICE_TYPES } from '../../../src/deepflow/names/device-types.ts';
import { BatchBuilder } from '../../../src/exporter/encode/batch-builder.ts';
import { compileEncoder } from '../../../src/exporter/encode/compile-encoder.ts';
import { arrowColumns } from './arrow-columns.ts';
import { encoderRequest } from './encoder-request.ts';

const L7 = 'flow_log.l7_flow_log';
const FIELDS = [
  'auto_service_type_0',
  'auto_service_type_1',
  'auto_instance_type_0',
  'auto_instance_type_1',
] as const;

/** The types of both sides in the record of a call whose services and instances are all of one type. */
function typesOf(type: number): readonly unknown[] {
  const request = encoderRequest(L7, { translates: { enums: true, resources: true } });
  const encoder = compileEncoder(request);
  encoder.bind(arrowColumns(L7, [Object.fromEntries(FIELDS.map((field) => [field, type]))]));
  const limits = { records: 1, bytes: 1_000_000 };
  const builder = new BatchBuilder({ dataSource: L7, encoder }, limits, 'plain');
  builder.add(0);
  const text = builder.build().bytes.toString();
  const record = z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)));
  return FIELDS.map((field) => record[field]);
}

describe('the type of a service or instance', () => {
  test.each([...DEVICE_TYPES])('%i is %s', (type, name) => {
    expect(typesOf(type)).toEqual([name, name, name, name]);
  });

  test.each([103, 104, 105, 130, 131, 132, 133, 134, 135])(
    '%i, which deepflow-server leaves out, has a name',
    (type) => {
      expect(DEVICE_TYPES.get(type)).toMatch(/^[a-z_]+$/);
    },
  );

  test('stays a number where nobody has a name for it', () => {
    expect(typesOf(136)).toEqual(['136', '136', '136', '136']);
  });
});
