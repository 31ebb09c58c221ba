import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goTool } from '../../harness/go-tools/go-tool.ts';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../harness/kubernetes/start-kubernetes.ts';
import { untilDone } from '../../lib/until.ts';
import { hasTools } from '../has-tools.ts';
import { type Helm, NAMESPACE, openHelm } from './helm.ts';
import { manifestsOf } from './manifests.ts';

const KINDS = ['PodMonitor', 'PodMonitor', 'PrometheusRule'];

describe.skipIf(!(await hasTools('helm4', 'prometheus-operator')))(
  'what the chart has for the Prometheus Operator',
  () => {
    let kubernetes: KubernetesHandle;
    let helm: Helm;

    beforeAll(async () => {
      kubernetes = await startKubernetes();
      helm = await openHelm('helm4', kubernetes.kubeconfigPath);
      const crds = (await goTool('prometheus-operator')).file('prometheus-operator-crd');
      const files = ['podmonitors', 'prometheusrules'].map(
        (name) => `${crds}/monitoring.coreos.com_${name}.yaml`,
      );
      await kubernetes.kubectl([
        'apply',
        '--server-side',
        ...files.flatMap((file) => ['--filename', file]),
      ]);
      await kubernetes.kubectl(['create', 'namespace', NAMESPACE]);
    });
    afterAll(async () => {
      await helm.close();
      await kubernetes.stop();
    });

    it('has no field that its CRDs do not know', async () => {
      const all = manifestsOf(
        await helm.template({
          podMonitor: { enabled: true, exporters: true, labels: { release: 'prometheus' } },
          prometheusRules: { enabled: true, labels: { release: 'prometheus' } },
        }),
      );
      const monitoring = all.filter(({ apiVersion }) => apiVersion === 'monitoring.coreos.com/v1');
      expect(monitoring.map(({ kind }) => kind).toSorted()).toEqual(KINDS);
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: monitoring });
      const options = ['--server-side', '--dry-run=server', '--validate=strict', '--filename', '-'];
      const applied = await untilDone('the CRDs to be served', () =>
        kubernetes.kubectl(['apply', ...options], list),
      );
      expect(applied.trim().split('\n')).toHaveLength(KINDS.length);
    });
  },
);
