import { describe, expect, it } from 'vitest';
import { kubeObject } from '../../../../src/operator/kube/kube-object.ts';
import { foreignFields } from '../../../../src/operator/reconcile/apply/foreign-fields.ts';

const MANAGER = 'deepflow-kafka-exporter';
const CONTAINER = { name: 'exporter', image: 'ours', args: ['exporter'] };
const MANIFEST = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'n', namespace: 's' },
  spec: { template: { spec: { containers: [CONTAINER] } } },
};

interface Change {
  readonly container?: object;
  readonly pod?: object;
  readonly spec?: object;
  readonly more?: readonly object[];
  /** Field set of the other manager below `f:spec`. */
  readonly fields: object;
  readonly subresource?: string;
  readonly manager?: string;
}

function pointers(change: Change): string[] {
  const {
    container = {},
    fields,
    manager = 'kubectl-set',
    more = [],
    pod = {},
    spec = {},
    subresource,
  } = change;
  const live = kubeObject.parse({
    ...MANIFEST,
    metadata: {
      ...MANIFEST.metadata,
      managedFields: [
        { manager: MANAGER, operation: 'Apply', fieldsV1: {} },
        { manager, operation: 'Update', subresource, fieldsV1: { 'f:spec': fields } },
      ],
    },
    spec: {
      ...spec,
      template: { spec: { ...pod, containers: [{ ...CONTAINER, ...container }, ...more] } },
    },
  });
  return foreignFields(MANIFEST, live, MANAGER).map(({ pointer }) => pointer);
}

const inContainer = (fields: object): object => ({
  'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"exporter"}': fields } } },
});

describe('a field that another manager has added', () => {
  it.each<[string, Change, string[]]>([
    [
      'is found in the container, as a whole',
      {
        container: { env: [{ name: 'A', value: 'b' }], command: ['sh'] },
        fields: inContainer({
          'f:env': { '.': {}, 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
          'f:command': {},
        }),
      },
      ['/spec/template/spec/containers/0/env', '/spec/template/spec/containers/0/command'],
    ],
    [
      'is found in the spec',
      { spec: { paused: true }, fields: { 'f:paused': {} } },
      ['/spec/paused'],
    ],
    [
      'is found as a container, the last first',
      {
        more: [{ name: 'b' }, { name: 'c' }],
        fields: {
          'f:template': {
            'f:spec': {
              'f:containers': { 'k:{"name":"b"}': { '.': {} }, 'k:{"name":"c"}': { '.': {} } },
            },
          },
        },
      },
      ['/spec/template/spec/containers/2', '/spec/template/spec/containers/1'],
    ],
    [
      'has a pointer with escaped names',
      {
        pod: { nodeSelector: { 'a/b~c': 'd' } },
        fields: { 'f:template': { 'f:spec': { 'f:nodeSelector': { 'f:a/b~c': {} } } } },
      },
      ['/spec/template/spec/nodeSelector'],
    ],
    [
      'is nothing when it is the number of pods',
      { spec: { replicas: 3 }, fields: { 'f:replicas': {} } },
      [],
    ],
    [
      'is nothing when it is an annotation of the pods, as of kubectl rollout restart',
      { fields: { 'f:template': { 'f:metadata': { 'f:annotations': { 'f:a': {} } } } } },
      [],
    ],
    ['is nothing when the manifest has it, too', { fields: inContainer({ 'f:image': {} }) }, []],
    ['is nothing when it is gone', { fields: { 'f:paused': {} } }, []],
    [
      'is nothing when it was set through a subresource',
      { spec: { paused: true }, fields: { 'f:paused': {} }, subresource: 'scale' },
      [],
    ],
    [
      'is nothing when it is our own',
      { spec: { paused: true }, fields: { 'f:paused': {} }, manager: MANAGER },
      [],
    ],
  ])('%s', (_name, change, expected) => {
    expect(pointers(change)).toEqual(expected);
  });
});
