import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRun } from '../../harness/process/run.ts';
import { impersonating } from '../../integration/operator/cluster/cluster-under-test.ts';
import { NAMESPACE } from './helm.ts';

const COMMAND = join(import.meta.dirname, '../../../src/cli/main.ts');

/** An operator outside the cluster, with the rights of the release's ServiceAccount. */
export interface OperatorProcess {
  /** Lets it release its Lease. */
  stop(): Promise<void>;
}

/** Starts it. It asks the API server for pods, of which there are none without a node. */
export async function startOperatorProcess(kubeconfigPath: string): Promise<OperatorProcess> {
  const run = await openRun('helm-operator');
  const account = `${NAMESPACE}:deepflow-kafka-exporter-operator`;
  const kubeconfig = join(run.folder, 'kubeconfig');
  await writeFile(kubeconfig, await impersonating(kubeconfigPath, { account }));
  const operator = await run.start({
    name: 'operator',
    command: process.execPath,
    args: [
      ...[COMMAND, 'operator', '--kubeconfig', kubeconfig, '--port', '0'],
      ...['--exporter-image', 'deepflow-kafka-exporter:test'],
      ...['--leader-elect', '--leader-election-namespace', NAMESPACE],
    ],
  });
  return {
    stop: async () => {
      await operator.stop();
      await run.stop();
    },
  };
}
