import { describe, expect, it } from 'vitest';
import type { KubeManifest } from '../../../../src/operator/kube/kube-object.ts';
import { objectsOnDemand } from '../../../../src/operator/desired/on-demand/objects-on-demand.ts';
import { sampleResource } from '../../sample-resource.ts';

const objects = (spec: Readonly<Record<string, unknown>>): KubeManifest[] =>
  objectsOnDemand(sampleResource(spec), true);

const CPU = { targetCPUUtilizationPercentage: 80 };

describe('objects on demand', () => {
  it('are not made by default', () => {
    expect(objects({})).toEqual([]);
  });

  it('have the name of the Deployment, and belong to the resource', () => {
    const spec = { podDisruptionBudget: { minAvailable: '50%' }, networkPolicy: {} };
    for (const { metadata } of objects(spec)) {
      expect(metadata).toMatchObject({ name: 'l7-exporter', ownerReferences: [{ uid: 'uid-1' }] });
    }
  });

  it('are a PodDisruptionBudget that lets pods go that are not ready', () => {
    const [budget] = objects({ podDisruptionBudget: { maxUnavailable: 1 } });
    expect(budget?.['spec']).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });

  it('are a HorizontalPodAutoscaler of the Deployment, by CPU and by the lag of this resource', () => {
    const [autoscaler] = objects({
      autoscaling: { maxReplicas: 4, ...CPU, lag: { targetSeconds: 120 } },
    });
    const metric = {
      name: 'deepflow_kafka_exporter_lag_seconds',
      selector: { matchLabels: { export_deepflow_io_exporter: 'l7' } },
    };
    expect(autoscaler?.['spec']).toEqual({
      minReplicas: 1,
      maxReplicas: 4,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
        },
        { type: 'External', external: { metric, target: { type: 'Value', value: '120' } } },
      ],
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'l7-exporter' },
    });
  });
});

describe('a PodMonitor', () => {
  const podMonitor = { intervalSeconds: 15, labels: { release: 'prometheus' } };

  it('has the labels by which Prometheus selects it, and our own', () => {
    const [monitor] = objects({ podMonitor });
    expect(monitor?.metadata).toMatchObject({
      labels: { release: 'prometheus', 'export.deepflow.io/exporter': 'l7' },
    });
    expect(monitor?.['spec']).toMatchObject({
      podMetricsEndpoints: [{ path: '/metrics', port: 'http', interval: '15s' }],
      podTargetLabels: ['export.deepflow.io/exporter'],
    });
  });

  it('is left out while the API server has no such kind', () => {
    expect(objectsOnDemand(sampleResource({ podMonitor }), false)).toEqual([]);
  });
});

describe('a spec is refused', () => {
  it.each([
    ['with replicas and autoscaling', { replicas: 2, autoscaling: { maxReplicas: 4, ...CPU } }],
    [
      'with more pods at least than at most',
      { autoscaling: { minReplicas: 5, maxReplicas: 4, ...CPU } },
    ],
    ['with nothing to scale by', { autoscaling: { maxReplicas: 4 } }],
    [
      'with both limits of a budget',
      { podDisruptionBudget: { maxUnavailable: 1, minAvailable: 1 } },
    ],
    ['with no limit of a budget', { podDisruptionBudget: {} }],
    ['with 150 % of a budget', { podDisruptionBudget: { maxUnavailable: '150%' } }],
    ['with an address without a port', { networkPolicy: { additionalAddresses: ['broker'] } }],
    [
      'with the lag of pushed records',
      {
        source: { http: { allowAnonymous: true } },
        universalTagTranslateToNameDisabled: true,
        autoscaling: { maxReplicas: 4, lag: { targetSeconds: 60 } },
      },
    ],
  ])('%s', (_name, spec) => {
    expect(() => sampleResource(spec)).toThrow();
  });
});
