import { describe, expect, test } from 'vitest';
import type { DataSource } from '../../../../src/deepflow/data-sources.ts';
import { BatchBuilder } from '../../../../src/exporter/encode/batch-builder.ts';
import { compileEncoder } from '../../../../src/exporter/encode/compile-encoder.ts';
import { noFaults, type ValueFaults } from '../../../../src/exporter/encode/values/value-faults.ts';
import { arrowColumns, type Row } from '../arrow-columns.ts';
import { encoderRequest } from '../encoder-request.ts';

const L7 = 'flow_log.l7_flow_log';
const L4 = 'flow_log.l4_flow_log';
const NAMES = { attribute_names: ['a'], attribute_values: ['1'] };

/** A row in which nothing is wrong: no code and no resource has the number 0 for "unknown". */
const GOOD: Row = { end_time: 1_718_000_000_000_000n, l7_protocol: 20n, signal_source: 3n };

function faultsOf(dataSource: DataSource, rows: readonly Row[]): ValueFaults {
  const encoder = compileEncoder(
    encoderRequest(dataSource, { translates: { enums: true, resources: true } }),
  );
  encoder.bind(
    arrowColumns(
      dataSource,
      rows.map((row) => ({ ...GOOD, ...row })),
    ),
  );
  const limits = { records: 1_000, bytes: 1_000_000 };
  const builder = new BatchBuilder({ dataSource, encoder }, limits, 'plain');
  rows.forEach((_, row) => builder.add(row));
  return builder.build().faults;
}

/** What a row adds to the faults of the good one. */
function added(dataSource: DataSource, row: Row): Partial<ValueFaults> {
  const before = faultsOf(dataSource, [{}]);
  const after = faultsOf(dataSource, [row]);
  const reasons = Object.keys(noFaults()) as (keyof ValueFaults)[];
  return Object.fromEntries(
    reasons
      .map((reason) => [reason, after[reason] - before[reason]] as const)
      .filter(([, count]) => count !== 0),
  );
}

describe('a fault is counted', () => {
  test.each<[string, DataSource, Row, Partial<ValueFaults>]>([
    [
      'when a text is not UTF-8',
      L7,
      { request_resource: Buffer.from([0x61, 0xff]) },
      { invalidUtf8: 1 },
    ],
    ['when a number is NaN', L4, { rtt: Number.NaN }, { notFinite: 1 }],
    [
      'for each number of a list that is not finite',
      L7,
      { metrics_names: ['a', 'b', 'c'], metrics_values: [Number.NaN, 1, Number.POSITIVE_INFINITY] },
      { notFinite: 2 },
    ],
    [
      'when names and values are not equally many',
      L7,
      { ...NAMES, attribute_values: [] },
      { unequalLists: 1 },
    ],
    ['when an enum lacks a code', L7, { l7_protocol: 199n }, { unknownCode: 1 }],
    ['when a resource type is unknown', L7, { auto_instance_type_0: 99n }, { unknownCode: 1 }],
    ['when an id has no name', L7, { pod_id_0: 77n }, { unknownName: 1 }],
  ])('%s', (_name, dataSource, row, faults) => {
    expect(added(dataSource, row)).toEqual(faults);
  });

  test('not for a row that is right', () => {
    expect(added(L7, NAMES)).toEqual({});
  });

  test('once for each row, however often the same value comes', () => {
    const rows = Array.from({ length: 300 }, () => ({ pod_id_0: 77n }));
    const before = faultsOf(L7, [{}]).unknownName * rows.length;
    expect(faultsOf(L7, rows).unknownName - before).toBe(300);
  });
});
