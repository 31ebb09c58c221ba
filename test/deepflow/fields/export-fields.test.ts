import { describe, expect, test } from 'vitest';
import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import { compileSelection, unknownEntries } from '../../../src/deepflow/fields/export-fields.ts';

const L7 = 'flow_log.l7_flow_log';
const COLUMNS: readonly DataSource[] = [
  'flow_log.l4_flow_log',
  L7,
  'flow_metrics.network.1m',
  'flow_metrics.network_map.1m',
  'flow_metrics.application.1m',
  'flow_metrics.application_map.1m',
  'event.file_event',
];

describe('exportFields select as many fields as deepflow-server selects, with', () => {
  test.each([
    [['$tag'], [105, 109, 31, 55, 36, 60, 35]],
    [['$metrics'], [48, 9, 65, 65, 9, 9, 2]],
    [
      ['$tag', '$metrics'],
      [153, 118, 96, 120, 45, 69, 37],
    ],
    [['$k8s.label'], [153, 119, 96, 120, 45, 69, 45]],
    [['$tag.event_info'], [0, 0, 0, 0, 0, 0, 0]],
    [
      ['$tag', '$tag.event_info'],
      [105, 109, 31, 55, 36, 60, 43],
    ],
  ])('%j', (entries, counts) => {
    const selected = COLUMNS.map((source) => compileSelection(entries, source, 'Compatible'));
    expect(selected.map(({ fields }) => fields.length)).toEqual(counts);
  });
});

describe('exportFields select what DeepFlow documents, with', () => {
  const keys = (entries: readonly string[], source: DataSource = L7): readonly string[] =>
    compileSelection(entries, source, 'Documented').fields.map(({ key }) => key);

  test.each([
    [['$tag'], [105, 110, 31, 55, 36, 60, 43]],
    [['$metrics'], [48, 9, 65, 65, 9, 9, 2]],
    [['$k8s.label'], [0, 0, 0, 0, 0, 0, 0]],
    [['$tag.event_info'], [0, 0, 0, 0, 0, 0, 8]],
  ])('%j', (entries, counts) => {
    expect(COLUMNS.map((source) => keys(entries, source).length)).toEqual(counts);
  });

  test('a sub-category, whatever stands before it', () => {
    const expected = ['client_port', 'server_port', 'req_tcp_seq', 'resp_tcp_seq'];
    expect(keys(['$tag.transport_layer'])).toEqual(expected);
    expect(keys(['$transport_layer'])).toEqual(expected);
    expect(keys(['$anything.transport_layer.more'])).toEqual(expected);
  });

  test('business fields by their sub-category', () => {
    expect(keys(['$tag.business_info'])).toEqual([
      'biz_type',
      'biz_code',
      'biz_scenario',
      'biz_response_code',
    ]);
  });

  test('a field by its name or by its key', () => {
    expect(keys(['trace_id', 'end_point'])).toEqual(['end_point', 'trace_id']);
    const map = 'flow_metrics.network_map.1m';
    expect(keys(['region_id'], map)).toEqual(['region_id_0']);
    expect(keys(['region_id_0', 'region_id_1'], map)).toEqual(['region_id_0', 'region_id_1']);
  });

  test('labels by name, by pattern, or all', () => {
    const labels = (...entries: string[]) => compileSelection(entries, L7, 'Documented').labels;
    expect(labels('$tag')).toBeUndefined();
    expect(labels('$k8s.label')).toMatchObject({ all: true });
    expect(labels('$k8s.label.app', '~$k8s.label.^team-')).toEqual({
      all: false,
      names: new Set(['app']),
      patterns: ['^team-'],
    });
  });
});

test.each([
  ['$tags', '$tag'],
  ['$tag.flow_inf', '$tag.flow_info'],
  ['trace_idd', 'trace_id'],
  ['$k8s.labels', '$k8s.label'],
])('the unknown entry %s is reported with the nearest known entry, %s', (entry, nearest) => {
  const entries = [entry, '$tag', 'trace_id', '$k8s.label.app'];
  expect([...unknownEntries(entries, [L7], 'Documented')]).toEqual([{ entry, at: 0, nearest }]);
});

describe.each(['Documented', 'Compatible'] as const)('by the rules of %s', (rules) => {
  test('every known field selects itself, by its name and by its key', () => {
    for (const source of COLUMNS) {
      for (const { name, key } of compileSelection(
        ['$tag', '$metrics', '$k8s.label'],
        source,
        rules,
      ).fields) {
        for (const entry of [name, key]) {
          expect([source, entry, [...unknownEntries([entry], [source], rules)]]).toEqual([
            source,
            entry,
            [],
          ]);
          const selected = compileSelection([entry], source, rules).fields;
          expect(selected.map((field) => field.key)).toContain(key);
        }
      }
    }
  });
});

test.each([
  ['Documented', 'capture_nic_type', 'capture_nic_type category:'],
  ['Compatible', 'capture_nic_type category:', 'capture_nic_type'],
] as const)(
  'by the rules of %s, the field of calls has the name "%s" and not "%s"',
  (rules, name, other) => {
    expect([...unknownEntries([name, other], [L7], rules)]).toEqual([
      { entry: other, at: 1, nearest: name },
    ]);
  },
);
