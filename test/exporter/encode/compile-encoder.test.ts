import { Uint64, vectorFromArray } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ByteWriter } from '../../../src/exporter/encode/bytes/byte-writer.ts';
import { compileEncoder } from '../../../src/exporter/encode/compile-encoder.ts';
import { fieldsOf } from '../../../src/deepflow/fields/fields.ts';
import { expectToFit } from '../records/schema/fits-schema.ts';
import { arrowColumns, recordBatch, type Row } from './arrow-columns.ts';
import { encoderRequest } from './encoder-request.ts';

const DEFAULTS = { tags: false, metrics: true };
const L7 = 'flow_log.l7_flow_log';
const END = { end_time: 1_718_000_000_123_456n };

function record(row: Row, empty = DEFAULTS): string {
  const request = encoderRequest(L7, { keepsEmpty: empty });
  const encoder = compileEncoder(request);
  encoder.bind(arrowColumns(L7, [{ ...END, ...row }]));
  const writer = new ByteWriter(encoder.size(0));
  encoder.encode(writer, 0);
  const text = writer.buffer.toString('utf8', 0, writer.position);
  expectToFit(request, text);
  return text;
}

function parsed(row: Row, empty = DEFAULTS): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(JSON.parse(record(row, empty)));
}

describe('a record', () => {
  test('starts with its data source, ends with its time, and has no white space', () => {
    const text = record({});
    expect(text).toMatch(/^\{"datasource":"flow_log\.l7_flow_log","_id":0,/);
    expect(text).toMatch(
      /,"org_id":1,"team_id":0,"time_str":"2024-06-10 06:13:20\.123456 \+0000 UTC"\}$/,
    );
  });

  test('has its fields in DeepFlow’s order', () => {
    const keys = Object.keys(parsed({}, { tags: true, metrics: true }));
    const order = fieldsOf(L7).map(({ key }) => key);
    expect(keys.slice(1, -1)).toEqual(order);
  });

  test.each([
    [
      'an integer above 2^53 stays exact',
      { _id: 7_378_753_814_536_388_609n },
      '"_id":7378753814536388609',
    ],
    ['a negative number keeps its sign', { response_code: -5n }, '"response_code":-5'],
    [
      'a length above 32 bits stays whole',
      { request_length: 5_000_000_000n },
      '"request_length":5000000000',
    ],
    ['a process id is unsigned', { process_id_0: -6 }, '"process_id_0":4294967290'],
    ['an IPv4 address is a dotted quad', { ip4_0: 0x0a_f4_01_02 }, '"ip4_0":"10.244.1.2"'],
    [
      'an IPv6 address is in canonical text',
      { ip6_0: '20010db8000000000000000000000001' },
      '"ip6_0":"2001:db8::1"',
    ],
    [
      'array elements are escaped',
      { attribute_values: ['v"\n1'] },
      '"attribute_values":["v\\"\\n1"]',
    ],
    [
      'an array keeps the place of what JSON cannot hold',
      { metrics_values: [1.5, Number.NaN, 2] },
      '"metrics_values":[1.5,null,2]',
    ],
    ['a key may differ from its column', { endpoint: '/a' }, '"end_point":"/a"'],
    [
      'a time is in microseconds',
      { start_time: 1_718_000_000_100_000n },
      '"start_time":1718000000100000',
    ],
  ])('%s', (_name, row, text) => {
    expect(record(row)).toContain(`${text},`);
  });

  test.each([
    [
      'NULL is left out, even when empty values are kept',
      { request_id: null },
      'request_id',
      { tags: true, metrics: true },
    ],
    ['an empty tag is left out', { request_domain: '' }, 'request_domain', DEFAULTS],
    ['an empty array of a tag is left out', { attribute_names: [] }, 'attribute_names', DEFAULTS],
    ['the all-zero IPv6 address is left out', {}, 'ip6_0', DEFAULTS],
    [
      'a metric of 0 is left out when asked',
      { response_duration: 0n },
      'response_duration',
      { tags: false, metrics: false },
    ],
    [
      'an empty metric array of numbers is left out when asked',
      { metrics_values: [] },
      'metrics_values',
      { tags: false, metrics: false },
    ],
  ])('%s', (_name, row, key, empty) => {
    expect(parsed(row, empty)).not.toHaveProperty(key);
  });

  test.each([
    ['a metric of 0 is kept by default', 'response_duration', 0, DEFAULTS],
    ['a tag of 0 is never empty', 'server_port', 0, DEFAULTS],
    ['0.0.0.0 is never empty', 'ip4_0', '0.0.0.0', DEFAULTS],
    ['an empty tag is kept when asked', 'request_domain', '', { tags: true, metrics: true }],
    [
      'an empty list of metric names is always kept',
      'metrics_names',
      [],
      { tags: false, metrics: false },
    ],
  ])('%s', (_name, key, value, empty) => {
    expect(parsed({}, empty)).toHaveProperty(key, value);
  });

  test('an l4 metric that ClickHouse stores as a float is an integer, and left out when it is none', () => {
    const l4 = 'flow_log.l4_flow_log';
    const encoder = compileEncoder(encoderRequest(l4));
    encoder.bind(arrowColumns(l4, [{ ...END, rtt: 412.9, srt_sum: 1e21, art_sum: Number.NaN }]));
    const writer = new ByteWriter(encoder.size(0));
    encoder.encode(writer, 0);
    const text = writer.buffer.toString('utf8', 0, writer.position);
    expectToFit(encoderRequest(l4), text);
    expect(text).toContain('"rtt":412,');
    expect(text).toContain('"srt_sum":1000000000000000000000,');
    expect(text).not.toContain('art_sum');
    expect(text).toContain('"mac_0":"00:00:00:00:00:00"');
  });
});

describe('an encoder', () => {
  test('knows the event time of a row in milliseconds, cut', () => {
    const encoder = compileEncoder(encoderRequest(L7));
    encoder.bind(arrowColumns(L7, [{ end_time: 1_718_000_000_123_999n }]));
    expect(encoder.timestampMs(0)).toBe(1_718_000_000_123);
  });

  test('names a column of a type that it cannot write', () => {
    const [data] = vectorFromArray(['text']).data;
    if (data === undefined) throw new Error('a vector has data');
    const columns = new Map([['_id', data]]);
    expect(() => {
      compileEncoder(encoderRequest(L7)).bind(recordBatch(columns, 1));
    }).toThrow(/column _id has the Arrow type .*, but must be an integer or a time/);
  });

  test('names a column that is not there', () => {
    const [data] = vectorFromArray([1n], new Uint64()).data;
    if (data === undefined) throw new Error('a vector has data');
    expect(() => {
      compileEncoder(encoderRequest(L7)).bind(recordBatch(new Map([['_id', data]]), 1));
    }).toThrow(/column l7_protocol has the Arrow type absent/);
  });
});
