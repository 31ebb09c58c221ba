import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCommand } from '../../harness/commands/run-command.ts';
import { kubernetesProgram } from '../../harness/kubernetes/kubernetes-programs.ts';
import { DEFAULT_KUBERNETES_VERSION } from '../../harness/kubernetes/kubernetes-versions.ts';
import { type Overlay, renderOverlay } from '../../integration/operator/least-rights/overlay.ts';
import { hasTools } from '../has-tools.ts';
import { type Helm, HELMS, openHelm, type Values } from './helm.ts';
import { idOf, type Manifest, manifestsOf } from './manifests.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
/** Labels that only the chart gives. */
const HELM_LABELS = ['app.kubernetes.io/instance', 'app.kubernetes.io/managed-by', 'helm.sh/chart'];
/** Annotations that only the chart gives. */
const HELM_ANNOTATIONS = ['helm.sh/resource-policy'];
/** Objects that only one of them has: Helm makes the namespace itself, and runs the pod only in `helm test`. */
const OWN = [
  'Namespace/deepflow-kafka-exporter',
  'Pod/deepflow-kafka-exporter/deepflow-kafka-exporter-operator-test',
];

const IMAGE = {
  repository: 'registry.example.com:5000/deepflow/exporter',
  digest: `sha256:${'0a'.repeat(32)}`,
};
const IMAGE_LINES = `images: [{ name: deepflow-kafka-exporter, newName: "${IMAGE.repository}", digest: "${IMAGE.digest}" }]\n`;

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const RUNBOOK = `https://github.com/YOUR-FORK/deepflow-kafka-exporter/blob/v${version}/docs/runbook.md`;

interface Pair {
  readonly what: string;
  readonly values: Values;
  /** A directory of deploy/, or an overlay with components. */
  readonly kustomize: string | Overlay;
}

const PAIRS: readonly Pair[] = [
  { what: 'no value, deploy', values: {}, kustomize: '.' },
  {
    what: 'named namespaces, deploy/namespaced',
    values: { watchNamespaces: ['deepflow-export'] },
    kustomize: 'namespaced',
  },
  {
    what: 'high availability, deploy/high-availability',
    values: { replicas: 3, spread: 'Nodes' },
    kustomize: 'high-availability',
  },
  {
    what: 'OpenShift, deploy/openshift',
    values: { platformSecurityContext: true },
    kustomize: 'openshift',
  },
  {
    what: 'without the right to patch pods',
    values: { podPatch: false },
    kustomize: { installation: '.', components: ['without-pod-patch'] },
  },
  {
    what: 'without the right to patch pods, in a named namespace',
    values: { podPatch: false, watchNamespaces: ['deepflow-export'] },
    kustomize: { installation: 'namespaced', components: ['without-pod-patch'] },
  },
  {
    what: 'the admission policies',
    values: { admissionPolicy: { enabled: true } },
    kustomize: { installation: '.', components: ['admission-policy'] },
  },
  {
    what: 'the admission policies, and an image by its digest',
    values: { admissionPolicy: { enabled: true }, image: IMAGE },
    kustomize: { installation: '.', components: ['admission-policy'], lines: IMAGE_LINES },
  },
  {
    what: 'PodMonitors and a PrometheusRule',
    values: {
      podMonitor: { enabled: true, exporters: true },
      prometheusRules: { enabled: true, runbookUrl: RUNBOOK },
    },
    kustomize: { installation: '.', components: ['monitoring'] },
  },
];

async function kustomize(target: string | Overlay): Promise<string> {
  const program = await kubernetesProgram(DEFAULT_KUBERNETES_VERSION, 'kubectl');
  const kubectl = (args: readonly string[]): Promise<string> => runCommand(program, args);
  if (typeof target === 'string') return kubectl(['kustomize', join(DEPLOY, target)]);
  return renderOverlay({ kubectl }, target);
}

function without(
  entries: Readonly<Record<string, string>> | undefined,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(entries ?? {}).filter(([name]) => !names.includes(name)),
  );
}

function comparable(text: string): Readonly<Record<string, Manifest>> {
  const objects = manifestsOf(text)
    .filter((each) => !OWN.includes(idOf(each)))
    .map((each): [string, Manifest] => {
      const { labels, annotations, ...metadata } = each.metadata;
      const left = {
        labels: without(labels, HELM_LABELS),
        annotations: without(annotations, HELM_ANNOTATIONS),
      };
      return [idOf(each), { ...each, metadata: { ...metadata, ...left } }];
    });
  return Object.fromEntries(objects);
}

describe.each(HELMS)('with %s,', async (name) => {
  const available = await hasTools(name);

  describe.skipIf(!available)('the chart renders what kustomize renders:', () => {
    let helm: Helm;
    beforeAll(async () => {
      helm = await openHelm(name);
    });
    afterAll(() => helm.close());

    it.each(PAIRS)('$what', async ({ values, kustomize: target }) => {
      const [chart, overlay] = await Promise.all([helm.template(values), kustomize(target)]);
      expect(Object.keys(comparable(chart)).length).toBeGreaterThan(10);
      expect(comparable(chart)).toEqual(comparable(overlay));
    });
  });
});
