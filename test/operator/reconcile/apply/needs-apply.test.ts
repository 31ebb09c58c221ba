import { describe, expect, it } from 'vitest';
import type { KubeManifest } from '../../../../src/operator/kube/kube-object.ts';
import { needsApply } from '../../../../src/operator/reconcile/apply/needs-apply.ts';
import { liveObject } from '../../sample-observation.ts';

const MANAGER = 'deepflow-kafka-exporter';

function manifest(spec: Readonly<Record<string, unknown>>, labels = { a: 'b' }): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'n', namespace: 's', labels },
    spec,
  };
}

const PORTS = [{ name: 'http', port: 80 }];

describe('nothing is applied', () => {
  it.each([
    ['if nothing differs', manifest({ ports: PORTS }), {}],
    [
      'because of defaults',
      manifest({ ports: PORTS }),
      { spec: { ports: [{ ...PORTS[0], protocol: 'TCP' }], type: 'ClusterIP' } },
    ],
    [
      'because of a named item that another manager added',
      manifest({ ports: PORTS }),
      { spec: { ports: [{ name: 'x', port: 1 }, ...PORTS] } },
    ],
    [
      'because of the same quantity in another form',
      manifest({ limits: { cpu: '1000m' } }),
      { spec: { limits: { cpu: '1' } } },
    ],
    [
      'because of the same target of a metric in another form',
      manifest({ target: { type: 'Value', value: '1000' } }),
      { spec: { target: { type: 'Value', value: '1k' } } },
    ],
  ])('%s', (_name, wanted, live) => {
    expect(needsApply(wanted, liveObject(wanted, live), MANAGER)).toBe(false);
  });
});

describe('it is applied', () => {
  it.each([
    ['when a value differs', manifest({ a: 1 }), manifest({ a: 2 })],
    [
      'when an annotation only looks like the same quantity',
      manifest({ a: '1000m' }),
      manifest({ a: '1' }),
    ],
    ['when a list is shorter', manifest({ args: ['a', 'b'] }), manifest({ args: ['a'] })],
    ['when a field is no longer wanted', manifest({ a: 1 }), manifest({ a: 1, b: 2 })],
    [
      'when a label is no longer wanted',
      manifest({}, { a: 'b' }),
      { ...manifest({}), metadata: { name: 'n', namespace: 's', labels: { a: 'b', c: 'd' } } },
    ],
  ])('%s', (_name, wanted, before) => {
    expect(needsApply(wanted, liveObject(before), MANAGER)).toBe(true);
  });

  it('when our field manager never applied it', () => {
    expect(needsApply(manifest({}), liveObject(manifest({})), 'other')).toBe(true);
  });

  it('when a list item that we own is no longer wanted', () => {
    const before = liveObject(manifest({ ports: [...PORTS, { name: 'old', port: 1 }] }));
    const fields = {
      'f:spec': { 'f:ports': { 'k:{"port":1}': { '.': {}, 'f:name': {} }, 'k:{"port":80}': {} } },
    };
    const entry = { manager: MANAGER, operation: 'Apply', fieldsV1: fields };
    const live = { ...before, metadata: { ...before.metadata, managedFields: [entry] } };
    expect(needsApply(manifest({ ports: PORTS }), live, MANAGER)).toBe(true);
  });
});
