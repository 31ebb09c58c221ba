import { expect, it } from 'vitest';
import { credentialsAppliedCondition } from '../../../../src/operator/reconcile/status/credentials-conditions.ts';
import { desiredOf, samplePod, sampleReport } from '../../sample-observation.ts';
import { SASL, sampleResource } from '../../sample-resource.ts';

const desired = desiredOf(sampleResource({ sasl: SASL }));
const behind = samplePod({ report: sampleReport({ credentialsRevision: 0 }) });
const LATER = /; the operator may not patch pods, .* usually within 90 seconds$/;

it('credentials that wait for the kubelet say so, if the operator may not patch pods', () => {
  const state = (mayPatchPods: boolean, pod = behind) =>
    credentialsAppliedCondition(desired, { mayPatchPods, pods: [pod] });
  expect(state(false).message).toMatch(LATER);
  expect(state(true).message).not.toMatch(LATER);
  expect(state(false, samplePod())).toMatchObject({
    reason: 'Applied',
    message: 'every pod has authenticated with revision 1',
  });
});
