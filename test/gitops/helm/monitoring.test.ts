import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { goTool } from '../../harness/go-tools/go-tool.ts';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../harness/kubernetes/start-kubernetes.ts';
import { untilDone } from '../../lib/until.ts';
import { hasTools } from '../has-tools.ts';
import { CHART, type Helm, NAMESPACE, openHelm } from './helm.ts';
import { type Manifest, manifestsOf } from './manifests.ts';
import { type PrometheusOperator, startPrometheusOperator } from './prometheus-operator.ts';

const KINDS = ['PodMonitor', 'PodMonitor', 'PrometheusRule'];
const SCRAPE_CONFIG = join(CHART, '../../monitoring/scrape-config.yaml');

const relabeling = z.looseObject({
  source_labels: z.array(z.string()).optional(),
  target_label: z.string().optional(),
});
const jobsSchema = z.object({
  scrape_configs: z.array(
    z.looseObject({ job_name: z.string(), relabel_configs: z.array(relabeling) }),
  ),
});
type Job = z.infer<typeof jobsSchema>['scrape_configs'][number];

/** Which label of a target comes from what is known of its pod. */
function labelsFromPods({ relabel_configs: rules }: Job): readonly string[] {
  return rules.flatMap(({ source_labels: sources = [], target_label: target = '' }) => {
    const [source = ''] = sources;
    return source.startsWith('__meta_kubernetes_') && !target.startsWith('__')
      ? [`${source} → ${target}`]
      : [];
  });
}

describe.skipIf(!(await hasTools('helm4', 'prometheus-operator')))(
  'what the chart has for the Prometheus Operator',
  () => {
    let kubernetes: KubernetesHandle;
    let helm: Helm;
    let monitoring: readonly Manifest[];
    let operator: PrometheusOperator;

    beforeAll(async () => {
      kubernetes = await startKubernetes();
      helm = await openHelm('helm4', kubernetes.kubeconfigPath);
      const crds = (await goTool('prometheus-operator')).file('prometheus-operator-crd');
      await kubernetes.kubectl(['apply', '--server-side', '--filename', crds]);
      await kubernetes.kubectl(['create', 'namespace', NAMESPACE]);
      const all = manifestsOf(
        await helm.template({
          podMonitor: { enabled: true, exporters: true, labels: { release: 'prometheus' } },
          prometheusRules: { enabled: true, labels: { release: 'prometheus' } },
        }),
      );
      monitoring = all.filter(({ apiVersion }) => apiVersion === 'monitoring.coreos.com/v1');
      operator = await startPrometheusOperator(kubernetes);
    });
    afterAll(async () => {
      await operator.stop();
      await helm.close();
      await kubernetes.stop();
    });

    it('has no field that its CRDs do not know', async () => {
      expect(monitoring.map(({ kind }) => kind).toSorted()).toEqual(KINDS);
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: monitoring });
      const options = ['--server-side', '--validate=strict', '--filename', '-'];
      const applied = await untilDone('the CRDs to be served', () =>
        kubernetes.kubectl(['apply', ...options], list),
      );
      expect(applied.trim().split('\n')).toHaveLength(KINDS.length);
    });

    it('becomes jobs whose targets have the labels that deploy/monitoring/scrape-config.yaml gives', async () => {
      const [own] = jobsSchema.parse(load(await readFile(SCRAPE_CONFIG, 'utf8'))).scrape_configs;
      const wanted = own === undefined ? [] : labelsFromPods(own);
      expect(wanted.length).toBeGreaterThan(3);
      const { scrape_configs: jobs } = jobsSchema.parse(load(await operator.configuration()));
      const podMonitor = `podMonitor/${NAMESPACE}/deepflow-kafka-exporter-`;
      expect(jobs.map(({ job_name: name }) => name).toSorted()).toEqual([
        `${podMonitor}exporters/0`,
        `${podMonitor}operator/0`,
      ]);
      const [exporters] = jobs.filter(({ job_name: name }) => name.endsWith('exporters/0'));
      const found = exporters === undefined ? [] : labelsFromPods(exporters);
      expect(found).toEqual(expect.arrayContaining([...wanted]));
    });

    it('becomes the rules of the PrometheusRule, every one as it is', async () => {
      const [rule] = monitoring.filter(({ kind }) => kind === 'PrometheusRule');
      expect(load(await operator.rules())).toEqual(rule?.['spec']);
    });
  },
);
