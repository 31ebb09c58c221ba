import { gunzipSync } from 'node:zlib';
import { goTool } from '../../harness/go-tools/go-tool.ts';
import type { KubernetesHandle } from '../../harness/kubernetes/start-kubernetes.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { openRun } from '../../harness/process/run.ts';
import { until } from '../../lib/until.ts';
import { NAMESPACE } from './helm.ts';

const NAME = 'it';
const START_MS = 60_000;

/** A Prometheus Operator with one Prometheus, of which no pod runs: the cluster has no node. */
export interface PrometheusOperator {
  /** The configuration that it has written for the Prometheus, as YAML, once it has two jobs. */
  configuration(): Promise<string>;
  /** The rules that it has written for the Prometheus, as YAML. */
  rules(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts it, and creates a Prometheus that selects every PodMonitor and PrometheusRule. Its CRDs must be there. */
export async function startPrometheusOperator({
  kubeconfigPath,
  kubectl,
}: KubernetesHandle): Promise<PrometheusOperator> {
  const program = (await goTool('prometheus-operator')).program('operator');
  const run = await openRun('prometheus-operator');
  const inNamespace = (...args: readonly string[]): Promise<string> =>
    kubectl(['--namespace', NAMESPACE, ...args]);
  try {
    const [port = 0] = await freePorts(1);
    const started = await run.start({
      name: 'prometheus-operator',
      command: program,
      args: [`--web.listen-address=127.0.0.1:${port}`],
      env: { KUBECONFIG: kubeconfigPath },
    });
    const isReady = async (): Promise<boolean> =>
      (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
    await started.waitUntil(isReady, START_MS);
    const all = { podMonitorSelector: {}, podMonitorNamespaceSelector: {} };
    const prometheus = {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'Prometheus',
      metadata: { name: NAME, namespace: NAMESPACE },
      spec: { ...all, ruleSelector: {}, ruleNamespaceSelector: {} },
    };
    await kubectl(['apply', '--filename', '-'], JSON.stringify(prometheus));
  } catch (error) {
    await run.stop();
    throw error;
  }
  const key = (file: string): string => `--output=jsonpath={.data.${file.replaceAll('.', '\\.')}}`;
  const configuration = async (): Promise<string> => {
    const data = await inNamespace(
      'get',
      'secret',
      `prometheus-${NAME}`,
      key('prometheus.yaml.gz'),
    );
    return gunzipSync(Buffer.from(data, 'base64')).toString();
  };
  const rules = (): Promise<string> =>
    inNamespace(
      ...['get', 'configmap', `--selector=prometheus-name=${NAME}`],
      '--output=go-template={{range .items}}{{range .data}}{{.}}{{end}}{{end}}',
    );
  return {
    configuration: () =>
      until('two jobs', () => configuration().catch(() => ''), {
        isWanted: (text) => text.split('job_name:').length === 3,
      }),
    rules: () => until('rules', rules, { isWanted: (text) => text.includes('alert:') }),
    stop: run.stop,
  };
}
