import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import { BatchBuilder } from '../../../src/exporter/encode/batch-builder.ts';
import {
  compileEncoder,
  type EncoderRequest,
} from '../../../src/exporter/encode/compile-encoder.ts';
import { jsonText, NO_NAMES } from '../../../src/exporter/encode/name-tables.ts';
import { expectToFit } from '../schema/fits-schema.ts';
import { arrowColumns, type Row } from './arrow-columns.ts';
import { encoderRequest } from './encoder-request.ts';

const L7 = 'flow_log.l7_flow_log';
const TRANSLATED = { translates: { enums: true, resources: true } };
const recordSchema = z.record(z.string(), z.unknown());

function record(
  dataSource: DataSource,
  row: Row,
  change: Partial<EncoderRequest>,
): Record<string, unknown> {
  const request = encoderRequest(dataSource, change);
  const encoder = compileEncoder(request);
  encoder.bind(arrowColumns(dataSource, [{ end_time: 1_718_000_000_000_000n, ...row }]));
  const limits = { records: 1, bytes: 1_000_000 };
  const builder = new BatchBuilder({ dataSource, encoder }, limits, 'plain');
  builder.add(0);
  const text = builder.build().bytes.toString();
  const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
  expectToFit(request, json);
  return recordSchema.parse(JSON.parse(json));
}

const tables = {
  ...NO_NAMES,
  byId: { ...NO_NAMES.byId, gprocess_map: new Map([[9, jsonText('java')]]) },
};

describe('Documented differs from Compatible in', () => {
  test.each<[string, DataSource, Row, string, unknown, unknown, Partial<EncoderRequest>]>([
    [
      'IPv6 addresses',
      L7,
      { ip6_0: '20010db8000000000000000000000001' },
      'ip6_0',
      undefined,
      '2001:db8::1',
      {},
    ],
    [
      'lengths above 32 bits',
      L7,
      { request_length: 5_000_000_000n },
      'request_length',
      705_032_704,
      5_000_000_000,
      {},
    ],
    [
      'capture_nic_type of calls',
      L7,
      { capture_nic_type: 7 },
      'capture_nic_type',
      undefined,
      7,
      {},
    ],
    [
      'its misread name',
      L7,
      { capture_nic_type: 7 },
      'capture_nic_type category:',
      7,
      undefined,
      { exportFields: ['$k8s.label'] },
    ],
    ['codes without a name', L7, { signal_source: 9 }, 'signal_source', undefined, '9', TRANSLATED],
    [
      'texts without a name',
      L7,
      { observation_point: 'x-new' },
      'observation_point',
      undefined,
      'x-new',
      TRANSLATED,
    ],
    [
      'types that the server forgets',
      L7,
      { auto_service_type_1: 103 },
      'auto_service_type_1',
      undefined,
      'pod_cluster',
      TRANSLATED,
    ],
    [
      'types of workloads',
      L7,
      { auto_service_type_0: 130 },
      'auto_service_type_0',
      undefined,
      'pod_group',
      TRANSLATED,
    ],
    [
      'process names of events',
      'event.file_event',
      { gprocess_id: 9 },
      'gprocess',
      undefined,
      'java',
      { ...TRANSLATED, tables: () => tables },
    ],
    ['fields of files in process events', 'event.proc_perm_event', {}, 'bytes', 0, undefined, {}],
    [
      'what $tag selects of events',
      'event.file_event',
      { file_name: 'a' },
      'file_name',
      undefined,
      'a',
      { exportFields: ['$tag'] },
    ],
    [
      'what $tag.event_info selects',
      'event.file_event',
      { file_name: 'a' },
      'file_name',
      undefined,
      'a',
      { exportFields: ['$tag.event_info'] },
    ],
    [
      'what $k8s.label selects',
      L7,
      { trace_id: 'abc' },
      'trace_id',
      'abc',
      undefined,
      { exportFields: ['$k8s.label'] },
    ],
  ])('%s', (_name, dataSource, row, key, compatible, documented, change) => {
    const value = (recordFormat: EncoderRequest['recordFormat']): unknown =>
      record(dataSource, row, { ...change, recordFormat })[key];
    expect(value('Compatible')).toEqual(compatible);
    expect(value('Documented')).toEqual(documented);
  });
});

describe('ids', () => {
  const row = { gprocess_id: 9, region_id: 4 };
  const regions = {
    ...tables,
    byId: { ...tables.byId, region_map: new Map([[4, jsonText('eu')]]) },
  };
  const source = 'event.file_event';

  test('give way to names', () => {
    const found = record(source, row, { ...TRANSLATED, tables: () => regions });
    expect(found).toMatchObject({ gprocess: 'java', region: 'eu' });
    expect(found).not.toHaveProperty('region_id');
  });

  test('stand beside them with keepIds', () => {
    const found = record(source, row, { ...TRANSLATED, tables: () => regions, keepsIds: true });
    expect(found).toMatchObject({ gprocess_id: 9, gprocess: 'java', region_id: 4, region: 'eu' });
  });

  test('stand alone without translation', () => {
    const found = record(source, row, { tables: () => regions });
    expect(found).toMatchObject({ region_id: 4 });
    expect(found).not.toHaveProperty('region');
  });

  test('without a name lose no record', () => {
    const found = record(source, { region_id: 77 }, { ...TRANSLATED, tables: () => regions });
    expect(found).not.toHaveProperty('region');
    expect(found).toHaveProperty('datasource', source);
  });
});
