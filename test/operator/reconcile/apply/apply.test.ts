import { expect, it } from 'vitest';
import { KubeError } from '../../../../src/operator/kube/kube-error.ts';
import { kubeObject, type KubeObject } from '../../../../src/operator/kube/kube-object.ts';
import { applyPlan } from '../../../../src/operator/reconcile/apply/apply.ts';
import { createPodPatches } from '../../../../src/operator/reconcile/pod-patches.ts';

const unexpected = (): never => {
  throw new Error('an unexpected call');
};
const MANAGER = 'deepflow-kafka-exporter';
const MANIFEST = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'n', namespace: 's' },
  spec: { paused: undefined },
};

/** A Deployment of ours of which a user has paused the rollout. */
const PAUSED = kubeObject.parse({
  ...MANIFEST,
  metadata: {
    ...MANIFEST.metadata,
    uid: 'u',
    resourceVersion: '1',
    managedFields: [
      { manager: MANAGER, operation: 'Apply', fieldsV1: {} },
      { manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:spec': { 'f:paused': {} } } },
    ],
  },
  spec: { paused: true },
});

/** Removes what the user has set, while the API server answers the removal with a status. Returns the outcome, and what was noted. */
async function stripAnsweredWith(
  status: number,
): Promise<{ readonly kind: string; readonly noted: readonly unknown[] }> {
  const noted: unknown[] = [];
  const note = (written: unknown): number => noted.push(written);
  const drift = { manifest: MANIFEST, live: PAUSED, apply: false, differences: [], foreign: [] };
  const { kind } = await applyPlan(
    {
      client: {
        get: () => Promise.resolve<KubeObject>(PAUSED),
        removeFields: () =>
          Promise.reject(new KubeError('PATCH', { status, reason: '', message: 'no' })),
        apply: unexpected,
        delete: unexpected,
      },
      watched: { note },
      guard: { wrote: note, insisted: note },
      podPatches: createPodPatches(() => 0, unexpected),
    },
    { apply: [], strip: [drift], contested: [], prune: [], annotate: [] },
    { owner: { name: 'l7', uid: 'owner' }, revision: undefined },
  );
  return { kind, noted };
}

it.each([
  ['changed', 409],
  ['deleted', 404],
])(
  'a Deployment that is %s while it is put right is no failure: its event leads to the next attempt',
  async (_what, status) => {
    expect(await stripAnsweredWith(status)).toEqual({ kind: 'applied', noted: [] });
  },
);

it('a Deployment that the API server does not change is a failure', async () => {
  expect(await stripAnsweredWith(500)).toEqual({ kind: 'failed', noted: [] });
});
