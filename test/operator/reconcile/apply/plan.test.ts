import { describe, expect, it } from 'vitest';
import { isEmptyPlan, planWrites } from '../../../../src/operator/reconcile/apply/plan.ts';
import {
  AVAILABLE,
  desiredOf,
  KAFKA_SECRET,
  liveObject,
  samplePod,
  sampleReport,
  settledObservation,
} from '../../sample-observation.ts';
import { SASL, sampleResource } from '../../sample-resource.ts';

const WRITER = { manager: 'deepflow-kafka-exporter', guard: { isContested: () => false } };
const resource = sampleResource({ sasl: SASL });
const copy = settledObservation(resource).managedSecret;
const desired = desiredOf(resource, KAFKA_SECRET, copy === undefined ? undefined : { ...copy });

describe('the plan', () => {
  it('is empty when all objects exist', () => {
    expect(isEmptyPlan(planWrites(desired, settledObservation(resource), WRITER))).toBe(true);
  });

  it('applies what is missing, the Deployment last', () => {
    const observation = settledObservation(resource, { owned: [], managedSecret: undefined });
    const plan = planWrites(desired, observation, WRITER);
    expect(plan.apply.map(({ kind }) => kind)).toEqual([
      'ServiceAccount',
      'Service',
      'Secret',
      'ConfigMap',
      'Deployment',
    ]);
  });

  const other = sampleResource({ sasl: SASL, batchSize: 7 });
  const oldConfig = settledObservation(other).owned.filter(({ kind }) => kind === 'ConfigMap');

  it('prunes an old configuration once the rollout is complete', () => {
    const settled = settledObservation(resource);
    const observation = { ...settled, owned: [...settled.owned, ...oldConfig] };
    expect(planWrites(desired, observation, WRITER).prune).toEqual(oldConfig);
  });

  it('prunes the Service of pushed records once the source is ClickHouse', () => {
    const pushed = sampleResource({
      source: { http: { allowAnonymous: true } },
      universalTagTranslateToNameDisabled: true,
    });
    const service = settledObservation(pushed).owned.filter(
      ({ metadata }) => metadata.name === 'l7-exporter-push',
    );
    const settled = settledObservation(resource);
    const observation = { ...settled, owned: [...settled.owned, ...service] };
    expect(service).toHaveLength(1);
    expect(planWrites(desired, observation, WRITER).prune).toEqual(service);
    expect(isEmptyPlan(planWrites(desiredOf(pushed), settledObservation(pushed), WRITER))).toBe(
      true,
    );
  });

  it('prunes every object that the spec no longer asks for', () => {
    const asking = sampleResource({
      sasl: SASL,
      autoscaling: { maxReplicas: 4, targetCPUUtilizationPercentage: 80 },
      networkPolicy: {},
      podDisruptionBudget: { maxUnavailable: 1 },
    });
    const settled = settledObservation(asking);
    expect(isEmptyPlan(planWrites(desiredOf(asking), settled, WRITER))).toBe(true);
    // The Secret with the last valid spec was written before.
    const { managedSecret } = settledObservation(resource);
    const { prune } = planWrites(desired, { ...settled, resource, managedSecret }, WRITER);
    expect(prune.map(({ kind }) => kind).toSorted()).toEqual([
      'HorizontalPodAutoscaler',
      'NetworkPolicy',
      'PodDisruptionBudget',
    ]);
  });

  it('keeps an old configuration while its pods may still start', () => {
    const settled = settledObservation(resource);
    const rolling = desired.manifests
      .filter(({ kind }) => kind !== 'Secret')
      .map((manifest) => liveObject(manifest, { status: { ...AVAILABLE.status, replicas: 2 } }));
    const observation = { ...settled, owned: [...rolling, ...oldConfig] };
    expect(planWrites(desired, observation, WRITER).prune).toEqual([]);
  });

  it.each([
    ['that runs with older credentials', { report: sampleReport({ credentialsRevision: 0 }) }, 1],
    ['that has not reported yet', { report: undefined }, 1],
    ['that has the credentials already', {}, 0],
    ['that has the annotation already', { report: undefined, credentialsAnnotation: '1' }, 0],
    ['that does not run', { report: undefined, running: false }, 0],
  ])('annotates or skips a pod %s', (_name, change, count) => {
    const observation = settledObservation(resource, { pods: [samplePod(change)] });
    expect(planWrites(desired, observation, WRITER).annotate).toHaveLength(count);
  });

  it('annotates no pod where the API server has refused that lately', () => {
    const pods = [samplePod({ report: undefined })];
    const observation = settledObservation(resource, { pods, mayPatchPods: false });
    expect(planWrites(desired, observation, WRITER).annotate).toEqual([]);
  });
});
