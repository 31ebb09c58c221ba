import { expect, it } from 'vitest';
import type { ObservedPod } from '../../../../src/operator/reconcile/observe/observation.ts';
import { trialsOf } from '../../../../src/operator/reconcile/observe/trials.ts';
import { samplePod } from '../../sample-observation.ts';

const annotated = samplePod({ credentialsAnnotation: '2' });
const bare = samplePod({ uid: 'bare' });

it.each<[string, readonly ObservedPod[], number | undefined, boolean]>([
  ['told of a candidate if each has its annotation', [annotated, annotated], 2, true],
  ['not told if one has none', [annotated, bare], 2, false],
  ['not told by the annotation of an older revision', [annotated], 3, false],
  ['told if there is no candidate', [bare], undefined, true],
  ['told if only pods that do not run lack it', [annotated, { ...bare, running: false }], 2, true],
])('pods are %s', (_name, pods, candidate, told) => {
  expect(trialsOf(pods, { preflight: 'Pods' }, { candidate, nowMs: 0 }).told).toBe(told);
});
