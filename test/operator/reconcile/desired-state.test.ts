import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildDesired } from '../../../src/operator/reconcile/desired-state.ts';
import { desiredOf, KAFKA_SECRET, NO_TRIALS } from '../sample-observation.ts';
import { SASL, sampleResource } from '../sample-resource.ts';

function kinds(spec: Readonly<Record<string, unknown>>, secrets: typeof KAFKA_SECRET): string[] {
  return desiredOf(sampleResource(spec), secrets).manifests.map(({ kind }) => kind);
}

/** A source whose records are pushed, and the options that it requires. */
const PUSHED = {
  source: { http: { allowAnonymous: true, port: 9_000 } },
  universalTagTranslateToNameDisabled: true,
};

const INPUT = {
  image: 'i',
  installation: '',
  platformSecurityContext: false,
  secrets: new Map(),
  configMaps: new Map(),
  earlier: { secret: undefined, appliedRevision: undefined, statusRevision: 0 },
  trials: NO_TRIALS,
  servesPodMonitors: true,
};

const NO_SECRET: typeof KAFKA_SECRET = new Map();
const ALL = ['ServiceAccount', 'Service', 'Secret', 'ConfigMap', 'Deployment'];

describe('the desired state', () => {
  it.each([
    ['has all objects, without credentials', {}, NO_SECRET, ALL],
    ['has all objects, with complete credentials', { sasl: SASL }, KAFKA_SECRET, ALL],
    [
      'has a second Service for pushed records',
      PUSHED,
      NO_SECRET,
      ['ServiceAccount', 'Service', 'Service', 'Secret', 'ConfigMap', 'Deployment'],
    ],
    [
      'has no Secret and no Deployment while a credential is missing',
      { sasl: SASL },
      NO_SECRET,
      ['ServiceAccount', 'Service', 'ConfigMap'],
    ],
    [
      'has a Deployment without pods when it is switched off, even if a credential is missing',
      { sasl: SASL, enabled: false },
      NO_SECRET,
      ['ServiceAccount', 'Service', 'ConfigMap', 'Deployment'],
    ],
  ])('%s', (_name, spec, secrets, expected) => {
    expect(kinds(spec, secrets)).toEqual(expected);
  });

  it('names the installation in the configuration of the pods', () => {
    const desired = buildDesired(sampleResource(), { ...INPUT, installation: 'eu' });
    const manifests = desired.kind === 'desired' ? desired.manifests : [];
    const configMap = manifests.find(({ kind }) => kind === 'ConfigMap');
    expect(JSON.stringify(configMap)).toContain('deepflow-export.eu.observability.l7.checkpoints');
    expect(JSON.stringify(configMap)).toContain('installation: eu');
  });

  it.each([
    [false, { fsGroup: 65_532, runAsGroup: 65_532, runAsUser: 65_532 }],
    [true, {}],
  ])(
    'has pods whose user and groups the platform chooses, if it shall: %s',
    (platformSecurityContext, ids) => {
      const desired = buildDesired(sampleResource(), { ...INPUT, platformSecurityContext });
      const manifests = desired.kind === 'desired' ? desired.manifests : [];
      const deployment = manifests.find(({ kind }) => kind === 'Deployment');
      const pod = z
        .object({ template: z.object({ spec: z.record(z.string(), z.unknown()) }) })
        .parse(deployment?.['spec']).template.spec;
      expect(pod).toMatchObject({ enableServiceLinks: false });
      expect(pod['securityContext']).toEqual({
        ...ids,
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
    },
  );

  it('is invalid for a configuration that the exporter would refuse', () => {
    const resource = sampleResource({ timeZone: 'Asia/Shangai' });
    expect(buildDesired(resource, INPUT).kind).toBe('invalid');
  });

  it('has a Service that sends pushed records only to ready pods', () => {
    const { manifests } = desiredOf(sampleResource(PUSHED));
    const named = (kind: string, name: string): unknown =>
      manifests.find((each) => each.kind === kind && each.metadata.name === name)?.['spec'];
    const ports = [{ name: 'push', port: 9_000, protocol: 'TCP', targetPort: 'push' }];
    expect(named('Service', 'l7-exporter-push')).toMatchObject({ ports, type: 'ClusterIP' });
    expect(named('Service', 'l7-exporter-push')).not.toHaveProperty('publishNotReadyAddresses');
    expect(named('Deployment', 'l7-exporter')).toMatchObject({
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        spec: {
          containers: [
            {
              ports: [
                { containerPort: 8_080, name: 'http' },
                { containerPort: 9_000, name: 'push' },
              ],
            },
          ],
        },
      },
    });
  });

  it('never holds a credential outside the Secret', () => {
    const secret = new Map([
      ['kafka', { data: { username: btoa('hidden-user'), password: btoa('hidden-password') } }],
    ]);
    const { manifests } = desiredOf(sampleResource({ sasl: SASL }), secret);
    const text = JSON.stringify(manifests.filter(({ kind }) => kind !== 'Secret'));
    for (const word of ['hidden', btoa('hidden-user'), btoa('hidden-password')]) {
      expect(text).not.toContain(word);
    }
  });

  it.each([
    ['the number in the spec', { replicas: 3 }, 3],
    ['0 when it is switched off', { replicas: 3, enabled: false }, 0],
    ['not set if the spec does not set it', {}, undefined],
  ])('has a number of pods that is %s', (_sentence, spec, replicas) => {
    const { manifests } = desiredOf(sampleResource(spec));
    const deployment = manifests.find(({ kind }) => kind === 'Deployment');
    expect(deployment?.['spec']).toHaveProperty('strategy.rollingUpdate.maxUnavailable', 0);
    expect(Object.entries(deployment?.['spec'] ?? {})).toEqual(
      expect.arrayContaining(replicas === undefined ? [] : [['replicas', replicas]]),
    );
    if (replicas === undefined) expect(deployment?.['spec']).not.toHaveProperty('replicas');
  });

  it('runs under the restricted Pod Security standard', () => {
    const { manifests } = desiredOf(sampleResource());
    expect(manifests.find(({ kind }) => kind === 'Deployment')?.['spec']).toMatchObject({
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                readOnlyRootFilesystem: true,
              },
            },
          ],
        },
      },
    });
  });

  it("keeps its own labels if the user's template has the same labels", () => {
    const labels = { 'app.kubernetes.io/name': 'mine', team: 'a' };
    const { manifests } = desiredOf(sampleResource({ podTemplate: { labels } }));
    expect(manifests.find(({ kind }) => kind === 'Deployment')?.['spec']).toMatchObject({
      template: {
        metadata: { labels: { 'app.kubernetes.io/name': 'deepflow-kafka-exporter', team: 'a' } },
      },
    });
  });
});
