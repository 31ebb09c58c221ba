import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkManifest, manifestsIn } from '../../../src/cli/manifests/check-manifest.ts';

const SPEC = {
  dataSources: ['flow_log.l7_flow_log'],
  source: { clickHouse: { url: 'http://ch:8123' } },
  endpoints: ['broker:9092'],
};
const MANIFEST = {
  apiVersion: 'export.deepflow.io/v1alpha1',
  kind: 'KafkaExporter',
  metadata: { name: 'flow-logs' },
  spec: SPEC,
};

/** The problems of a manifest with these changes, as text. */
function problems(changes: object): readonly string[] {
  const checked = checkManifest({ ...MANIFEST, ...changes });
  return checked.kind === 'valid'
    ? []
    : checked.problems.map(({ message, path }) => `${z.core.toDotPath(path)}: ${message}`);
}

test('a manifest gets the defaults that the API server gives it', () => {
  expect(checkManifest(MANIFEST)).toMatchObject({
    kind: 'valid',
    resource: {
      metadata: { name: 'flow-logs', namespace: 'default' },
      spec: { queueCount: 4, producer: { compression: 'zstd' } },
    },
  });
});

test.each([
  [
    'another version',
    { apiVersion: 'export.deepflow.io/v1' },
    'apiVersion: must be export.deepflow.io/v1alpha1',
  ],
  ['another kind of the group', { kind: 'Exporter' }, 'kind: must be KafkaExporter'],
  ['an unknown field beside the spec', { specs: {} }, 'specs: is unknown; the nearest is "spec"'],
  ['no spec', { spec: undefined }, 'spec: is required'],
  ['no name', { metadata: {} }, 'metadata.name: is required'],
  [
    'a name with capital letters',
    { metadata: { name: 'A' } },
    'metadata.name: must be lower case letters',
  ],
  [
    'a label that is a number',
    { metadata: { name: 'a', labels: { b: 1 } } },
    'metadata.labels.b: must be text (in quotation marks), but is 1',
  ],
  [
    'an unknown field of metadata',
    { metadata: { name: 'a', label: {} } },
    'metadata.label: is unknown; the nearest is "labels"',
  ],
  [
    'an unknown field in depth',
    { spec: { ...SPEC, source: { clickHouse: { url: 'http://a:1', setleSeconds: 1 } } } },
    'spec.source.clickHouse.setleSeconds: is unknown; the nearest is "settleSeconds"',
  ],
  [
    'a variable of pods that is set twice',
    {
      spec: {
        ...SPEC,
        podTemplate: {
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '1' },
            { name: 'A', value: '2' },
          ],
        },
      },
    },
    'spec.podTemplate.env[2]: must not have the same name as an entry before it',
  ],
  [
    'an unknown data source',
    { spec: { ...SPEC, dataSources: ['l7_flow_log'] } },
    'spec.dataSources[0]: is unknown; the nearest is "flow_log.l7_flow_log" (all: ',
  ],
  [
    'an unknown guarantee',
    { spec: { ...SPEC, delivery: { guarantee: 'Exactly' } } },
    'spec.delivery.guarantee: must be one of ExactlyOnce, AtLeastOnce; the nearest is "ExactlyOnce"',
  ],
  [
    'a number in quotation marks',
    { spec: { ...SPEC, batchSize: '10' } },
    'spec.batchSize: must be a number, but is text',
  ],
  [
    'a list instead of a map',
    { spec: { ...SPEC, sasl: [] } },
    'spec.sasl: must be a map, but is a list',
  ],
  [
    'a list that is too short',
    { spec: { ...SPEC, endpoints: [] } },
    'spec.endpoints: must have at least 1 entry',
  ],
  [
    'a number that is too large',
    { spec: { ...SPEC, queueCount: 65 } },
    'spec.queueCount: must be at most 64',
  ],
  [
    'a fraction as a value of a filter',
    {
      spec: {
        ...SPEC,
        tagFilters: [{ fieldName: 'server_port', operator: '=', fieldValues: [1.5] }],
      },
    },
    'spec.tagFilters[0].fieldValues[0]: must be a whole number or text (in quotation marks), but is 1.5',
  ],
  [
    'two sources',
    { spec: { ...SPEC, source: {} } },
    'spec.source: source must have exactly one of clickHouse and http',
  ],
  // Only the operator knows these.
  [
    'a field that no record has',
    { spec: { ...SPEC, exportFields: ['trace'] } },
    'spec.exportFields[0]: must be a category, a field or a label, but is "trace"; the nearest is "trace_id"',
  ],
  [
    'a filter by a field that no record has',
    { spec: { ...SPEC, tagFilters: [{ fieldName: 'port', operator: '=', fieldValues: [1] }] } },
    'spec.tagFilters[0]',
  ],
  [
    'a time zone that does not exist',
    { spec: { ...SPEC, timeZone: 'Asia/Shangai' } },
    'spec.timeZone: must be a name of the IANA time zone database, but is "Asia/Shangai"; the nearest is "Asia/Shanghai"',
  ],
])('%s is refused with the field and what to do', (_name, changes, words) => {
  expect(problems(changes)).toEqual([expect.stringContaining(words)]);
});

test('all mistakes of a manifest are reported at once', () => {
  const spec = { ...SPEC, batchSize: 0, colour: 'red' };
  expect(problems({ metadata: { name: 'A' }, spec })).toHaveLength(3);
});

test('a long name is quoted, and takes no long time to read', () => {
  const fieldName = `${'a'.repeat(60)}.b`;
  const tagFilters = [{ fieldName, operator: '=', fieldValues: ['1'] }];
  expect(problems({ spec: { ...SPEC, tagFilters } })).toEqual([
    expect.stringContaining(`spec.tagFilters[0]`),
  ]);
});

test('empty fields count as absent, as the API server drops them', () => {
  expect(problems({ spec: { ...SPEC, sasl: null, queueSize: null } })).toEqual([]);
});

describe('KafkaExporters in a document', () => {
  test.each([
    ['the document itself', MANIFEST, [[]]],
    [
      'the items of a List',
      { kind: 'List', items: [{ kind: 'Secret' }, MANIFEST] },
      [['items', 1]],
    ],
    ['one of another version', { ...MANIFEST, apiVersion: 'export.deepflow.io/v2' }, [[]]],
    ['one whose kind is misspelt', { ...MANIFEST, kind: 'kafkaexporter' }, [[]]],
    [
      'one whose group is misspelt',
      { ...MANIFEST, apiVersion: 'export.deepflow.com/v1alpha1' },
      [[]],
    ],
    ['no object of another kind', { apiVersion: 'v1', kind: 'Secret' }, []],
    ['nothing in an empty document', null, []],
  ])('are found: %s', (_name, document, paths) => {
    expect(manifestsIn(document).map(({ path }) => path)).toEqual(paths);
  });
});
