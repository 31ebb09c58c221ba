import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DATA_SOURCES, type DataSource } from '../../../../src/deepflow/data-sources.ts';
import { ByteWriter } from '../../../../src/exporter/encode/bytes/byte-writer.ts';
import {
  compileEncoder,
  type EncoderRequest,
} from '../../../../src/exporter/encode/compile-encoder.ts';
import { jsonText, NO_NAMES } from '../../../../src/exporter/encode/values/name-tables.ts';
import type { JsonSchema } from '../../../../src/exporter/records/schema/json-schema.ts';
import { recordSchema } from '../../../../src/exporter/records/schema/record-schema.ts';
import { tableNamed } from '../../../harness/generator/tables.ts';
import { arrowColumns, type Row } from '../../encode/arrow-columns.ts';
import { encoderRequest } from '../../encode/encoder-request.ts';
import { schemaProblems } from './fits-schema.ts';

const L7 = 'flow_log.l7_flow_log';
const L4 = 'flow_log.l4_flow_log';
const TRANSLATED = { translates: { enums: true, resources: true } };
const KEPT = { keepsEmpty: { tags: true, metrics: true } };
const DROPPED = { keepsEmpty: { tags: false, metrics: false } };
const COMPATIBLE = { recordFormat: 'Compatible' } as const;

describe('the schema of a value says of', () => {
  test.each<[string, DataSource, string, Partial<EncoderRequest>, JsonSchema | undefined, boolean]>(
    [
      ['a port its range', L7, 'server_port', {}, { type: 'integer', maximum: 65_535 }, true],
      [
        'a 64-bit integer its format, since a double rounds its bounds',
        L7,
        '_id',
        {},
        { type: 'integer', format: 'uint64', minimum: 0 },
        true,
      ],
      ['a column that may be NULL that it may lack', L7, 'request_id', {}, { minimum: 0 }, false],
      [
        'a length that the server cuts its 32 bits',
        L7,
        'request_length',
        COMPATIBLE,
        { type: 'integer', minimum: -2_147_483_648, maximum: 2_147_483_647 },
        false,
      ],
      [
        'a metric of 0 that is left out that it may lack',
        L4,
        'byte_tx',
        DROPPED,
        { type: 'integer', 'x-unit': 'bytes' },
        false,
      ],
      ['a metric of 0 that is kept that it is there', L4, 'byte_tx', {}, {}, true],
      [
        'a sum that is stored as a float, and NaN, that it is an integer or lacks',
        L4,
        'rtt',
        {},
        { type: 'integer', 'x-unit': 'µs' },
        false,
      ],
      ['text that it is never empty', L7, 'trace_id', {}, { type: 'string', minLength: 1 }, false],
      ['text that is kept when empty that it is there', L7, 'trace_id', KEPT, {}, true],
      [
        'numbers that they may be null',
        L7,
        'metrics_values',
        DROPPED,
        { type: 'array', items: { type: ['number', 'null'] }, minItems: 1 },
        false,
      ],
      ['names of metrics that they are there though empty', L7, 'metrics_names', DROPPED, {}, true],
      ['an IPv4 address its format', L7, 'ip4_0', {}, { format: 'ipv4' }, true],
      ['an IPv6 address its format', L7, 'ip6_0', {}, { format: 'ipv6' }, false],
      [
        'an IPv6 address that is kept when empty both',
        L7,
        'ip6_0',
        KEPT,
        { anyOf: [{ format: 'ipv6' }, { const: '' }] },
        true,
      ],
      ['an IPv6 address in Compatible nothing', L7, 'ip6_0', COMPATIBLE, undefined, false],
      [
        'a MAC address its form',
        L4,
        'mac_0',
        {},
        { pattern: '^[0-9a-f]{2}(:[0-9a-f]{2}){5}$' },
        true,
      ],
      ['the organisation its number', L7, 'org_id', { organization: 7 }, { const: 7 }, true],
      [
        'a code that is not translated its range',
        L7,
        'type',
        {},
        { type: 'integer', minimum: 0, maximum: 255 },
        true,
      ],
      [
        'a code the names that are known, and that others may come',
        L7,
        'type',
        TRANSLATED,
        {
          type: 'string',
          minLength: 1,
          examples: ['Request', 'Response', 'Session'],
          description:
            'Whether it is a request, a response or both. A code without a name is written as itself.',
        },
        true,
      ],
      [
        'a code in Compatible all names',
        L7,
        'type',
        { ...TRANSLATED, ...COMPATIBLE },
        { type: 'string', enum: ['Request', 'Response', 'Session'] },
        false,
      ],
      [
        'a code in Compatible the empty name when it is kept',
        L7,
        'type',
        { ...TRANSLATED, ...COMPATIBLE, ...KEPT },
        { type: 'string', enum: ['Request', 'Response', 'Session', ''] },
        true,
      ],
      ['a resource that it may have no name', L7, 'pod_0', TRANSLATED, { minLength: 1 }, false],
      ['a resource that is not translated its key', L7, 'pod_id_0', {}, { type: 'integer' }, true],
      ['a resource that is translated no id', L7, 'pod_id_0', TRANSLATED, undefined, false],
      [
        'an id that is kept beside its name',
        L7,
        'pod_id_0',
        { ...TRANSLATED, keepsIds: true },
        { type: 'integer', description: 'Pod of the client. Its number in DeepFlow.' },
        true,
      ],
      [
        'labels that they are lists',
        L7,
        'k8s_label_names_1',
        { exportFields: ['$k8s.label.app'] },
        { type: 'array', items: { type: 'string' }, minItems: 1 },
        false,
      ],
      [
        'labels of a record with one side one list',
        'event.file_event',
        'k8s_label_values',
        { exportFields: ['$k8s.label.app'] },
        { type: 'array' },
        false,
      ],
      [
        'a field that the table lacks its zero in Compatible',
        'event.proc_ops_event',
        'bytes',
        COMPATIBLE,
        { const: 0 },
        true,
      ],
      [
        'a field that is not selected nothing',
        L7,
        'trace_id',
        { exportFields: ['$metrics'] },
        undefined,
        false,
      ],
      ['the record its data source', L7, 'datasource', {}, { const: L7 }, true],
      [
        'its time the offset and the abbreviation of the zone',
        L7,
        'time_str',
        {},
        {
          pattern: String.raw`^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{0,5}[1-9])?( \+0000 UTC)$`,
        },
        true,
      ],
    ],
  )('%s', (_name, dataSource, key, change, expected, isRequired) => {
    const schema = recordSchema(encoderRequest(dataSource, change));
    const found = schema.properties?.[key];
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
    expect(schema.required?.includes(key)).toBe(isRequired);
  });

  test('a record that labels come in pairs', () => {
    const request = encoderRequest(L7, { exportFields: ['$k8s.label.app'] });
    expect(recordSchema(request).dependentRequired).toEqual({
      k8s_label_names_0: ['k8s_label_values_0'],
      k8s_label_values_0: ['k8s_label_names_0'],
      k8s_label_names_1: ['k8s_label_values_1'],
      k8s_label_values_1: ['k8s_label_names_1'],
    });
  });
});

const TRANSLATIONS = [
  { translates: { enums: false, resources: false }, keepsIds: false },
  { translates: { enums: true, resources: false }, keepsIds: false },
  { translates: { enums: false, resources: true }, keepsIds: false },
  { translates: { enums: true, resources: true }, keepsIds: false },
  { translates: { enums: true, resources: true }, keepsIds: true },
];
const SWITCHES = [
  ...TRANSLATIONS.flatMap((each) => [
    { ...each, ...KEPT },
    { ...each, ...DROPPED },
  ]),
  { ...TRANSLATIONS[4], keepsEmpty: { tags: true, metrics: false } },
  { ...TRANSLATIONS[4], keepsEmpty: { tags: false, metrics: true } },
];
// Records of a second have the same fields as records of a minute.
const SOURCES = DATA_SOURCES.filter((dataSource) => !dataSource.endsWith('.1s'));

describe.each(SOURCES)('the schema of %s', (dataSource) => {
  test.each(['Documented', 'Compatible'] as const)(
    'is of exactly the keys that %s writes, whatever the switches: all of them, and absent where it says so',
    (recordFormat) => {
      for (const switches of SWITCHES) {
        const request = encoderRequest(dataSource, {
          ...switches,
          recordFormat,
          exportFields: ['$tag', '$metrics', '$k8s.label'],
          tables: () => tables,
        });
        const schema = recordSchema(request);
        const records = encodeAll(request);
        expect(records.flatMap((record) => schemaProblems(schema, record))).toEqual([]);
        const keys = records.map((record) => new Set(keysOf(record)));
        const properties = Object.keys(schema.properties ?? {});
        expect(properties.filter((key) => !keys.some((each) => each.has(key)))).toEqual([]);
        const always = properties.filter((key) => keys.every((each) => each.has(key)));
        expect([...(schema.required ?? [])].sort()).toEqual(always.sort());
      }
    },
  );
});

const one = new Map([[1, jsonText('one')]]);
const list = Buffer.from('["a"]');
/** Tables with names for the number 1. */
const tables: typeof NO_NAMES = {
  byId: {
    region_map: one,
    az_map: one,
    pod_node_map: one,
    pod_ns_map: one,
    pod_group_map: one,
    pod_map: one,
    pod_cluster_map: one,
    l3_epc_map: one,
    subnet_map: one,
    gprocess_map: one,
    vtap_map: one,
  },
  devices: new Map([1, 6, 102].map((type) => [type, one])),
  workloadTypes: new Map([
    [1, 130],
    [254, 99],
  ]),
  labels: new Map([[1, { names: list, values: list }]]),
};

/**
 * Records of empty rows, of rows with numbers that have names, and of rows with numbers without
 * names.
 */
function encodeAll(request: EncoderRequest): readonly string[] {
  const rows = [rowOf(request.dataSource, 0, ''), rowOf(request.dataSource, 254, 'x')];
  for (const number of [1, 2, 6]) {
    for (const text of ['c', 'read']) rows.push(rowOf(request.dataSource, number, text));
  }
  const encoder = compileEncoder(request);
  encoder.bind(arrowColumns(request.dataSource, rows));
  return rows.map((_, row) => {
    const writer = new ByteWriter(encoder.size(row));
    encoder.encode(writer, row);
    return writer.buffer.toString('utf8', 0, writer.position);
  });
}

function rowOf(dataSource: DataSource, number: number, text: string): Row {
  return Object.fromEntries(
    tableNamed(dataSource).columns.map(({ name, type }) => [name, valueOf(type, number, text)]),
  );
}

function valueOf(type: string, number: number, text: string): unknown {
  if (type.startsWith('Nullable('))
    return number === 0 ? null : valueOf(type.slice(9, -1), number, text);
  if (type.startsWith('Array(')) {
    if (text === '') return [];
    return type.includes('String') ? [text] : [number, Number.NaN];
  }
  if (type.includes('String')) return text;
  if (type === 'IPv6') return number.toString(16).padStart(32, '0');
  if (type === 'Float64') return number === 254 ? Number.NaN : number;
  return /64/.test(type) ? BigInt(number) : number;
}

const anyRecord = z.record(z.string(), z.unknown());

function keysOf(record: string): readonly string[] {
  return Object.keys(anyRecord.parse(JSON.parse(record)));
}
