import { describe, expect, it } from 'vitest';
import type { PodTemplate } from '../../../src/operator/api/pod-template.ts';
import { notAllowed, type PodAllowances } from '../../../src/operator/desired/pod-allowances.ts';
import { buildDesired, type Desired } from '../../../src/operator/reconcile/desired-state.ts';
import { KAFKA_SECRET, NO_TRIALS } from '../sample-observation.ts';
import { SASL, sampleResource } from '../sample-resource.ts';

const NONE: PodAllowances = {
  allowedPriorityClasses: [],
  allowedRuntimeClasses: [],
  allowedTolerations: [],
  allowedPodAnnotations: [],
  allowedPodLabels: [],
};
const ALL_FIELDS: PodTemplate = {
  priorityClassName: 'system-node-critical',
  runtimeClassName: 'runc',
  tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }],
  annotations: { 'iam.example.com/role': 'admin' },
  labels: { app: 'payments' },
};

describe('what a podTemplate asks for', () => {
  it.each<[string, PodTemplate | undefined, PodAllowances, readonly string[]]>([
    ['is allowed without any list', ALL_FIELDS, {}, []],
    [
      'is allowed by a star',
      ALL_FIELDS,
      Object.fromEntries(Object.keys(NONE).map((key) => [key, ['*']])),
      [],
    ],
    ['is nothing if it is absent', undefined, NONE, []],
    [
      'is refused field by field if nothing is allowed',
      ALL_FIELDS,
      NONE,
      ['priorityClassName', 'runtimeClassName', 'tolerations', 'annotations', 'labels'],
    ],
    [
      'may be a name of the list',
      { priorityClassName: 'low' },
      { allowedPriorityClasses: ['high', 'low'] },
      [],
    ],
    [
      'may not be a longer name',
      { priorityClassName: 'lower' },
      { allowedPriorityClasses: ['low'] },
      ['priorityClassName'],
    ],
    [
      'may begin as a name with a star',
      { annotations: { 'prometheus.io/scrape': 'true' } },
      { allowedPodAnnotations: ['prometheus.io/*'] },
      [],
    ],
    [
      'may not contain that name further behind',
      { annotations: { 'x.prometheus.io/scrape': 'true' } },
      { allowedPodAnnotations: ['prometheus.io/*'] },
      ['annotations'],
    ],
    ['may be an empty PriorityClass, which is none', { priorityClassName: '' }, NONE, []],
    [
      'may not be a toleration of every taint',
      { tolerations: [{ operator: 'Exists' }] },
      { allowedTolerations: ['dedicated'] },
      ['tolerations'],
    ],
    [
      'may not be an empty key, which is the same',
      { tolerations: [{ key: '', operator: 'Exists' }] },
      { allowedTolerations: ['dedicated'] },
      ['tolerations'],
    ],
    [
      'is refused once for each name',
      { labels: { a: '1', b: '2', ok: '3' } },
      { allowedPodLabels: ['ok'] },
      ['labels', 'labels'],
    ],
    [
      'may be anything that no list is about',
      { nodeSelector: { zone: 'a' }, hostAliases: [], dnsPolicy: 'Default' },
      NONE,
      [],
    ],
  ])('%s', (_name, template, allowances, fields) => {
    const found = notAllowed(template, allowances).map((each) => each.split(':')[0]);
    expect(found).toEqual(fields.map((field) => `spec.podTemplate.${field}`));
  });

  it('is refused by its name, with what is allowed and by which option', () => {
    expect(
      notAllowed(ALL_FIELDS, { allowedPriorityClasses: ['low', 'batch-*'], allowedPodLabels: [] }),
    ).toEqual([
      'spec.podTemplate.priorityClassName: system-node-critical is not allowed by the administrator of the operator; allowed: low, batch-* (--allowed-priority-classes)',
      'spec.podTemplate.labels: app is not allowed by the administrator of the operator; none is (--allowed-pod-labels)',
    ]);
    expect(notAllowed({ tolerations: [{ operator: 'Exists' }] }, NONE)).toEqual([
      'spec.podTemplate.tolerations: a toleration of every taint is not allowed by the administrator of the operator; none is (--allowed-tolerations)',
    ]);
  });
});

describe('a spec that asks for more than is allowed', () => {
  const build = (acceptedBefore: boolean): Desired =>
    buildDesired(sampleResource({ sasl: SASL, podTemplate: { priorityClassName: 'high' } }), {
      image: 'i',
      installation: '',
      platformSecurityContext: false,
      secrets: KAFKA_SECRET,
      configMaps: new Map(),
      earlier: { secret: undefined, appliedRevision: 1, statusRevision: 0 },
      trials: NO_TRIALS,
      servesPodMonitors: true,
      podAllowances: NONE,
      acceptedBefore,
    });

  it('is not brought about', () => {
    expect(build(false)).toMatchObject({ kind: 'invalid', reason: 'NotAllowed' });
  });

  it('and was accepted when more was allowed, keeps its Deployment and gets its credentials', () => {
    const desired = build(true);
    const kinds = desired.kind === 'desired' ? desired.manifests.map(({ kind }) => kind) : [];
    expect(kinds).toContain('Secret');
    expect(kinds).not.toContain('Deployment');
  });
});
