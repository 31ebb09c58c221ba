import { goTool } from '../../harness/go-tools/go-tool.ts';
import type { KubernetesHandle } from '../../harness/kubernetes/start-kubernetes.ts';
import { openRun, type Run } from '../../harness/process/run.ts';
import { untilEstablished } from '../../harness/kubernetes/until-established.ts';

/**
 * Starts the controllers of cert-manager that issue and renew certificates of a CA, outside the cluster. No webhook runs, so
 * nothing is defaulted.
 */
export async function startCertManager({
  kubeconfigPath,
  kubectl,
}: KubernetesHandle): Promise<Run> {
  const tool = await goTool('cert-manager');
  const certificates = ['certificates', 'certificaterequests', 'issuers', 'clusterissuers'];
  const crds = certificates.map((name) => `${tool.file('crds')}/cert-manager.io_${name}.yaml`);
  await kubectl(['apply', '--server-side', ...crds.flatMap((file) => ['--filename', file])]);
  await untilEstablished(kubectl, ['crd', '--all']);
  const run = await openRun('cert-manager');
  await run.start({
    name: 'cert-manager',
    command: tool.program('cert-manager'),
    args: ['--kubeconfig', kubeconfigPath],
  });
  return run;
}

/** Renews a certificate now, as `cmctl renew` does. */
export async function renewCertificate(
  kubectl: (...args: readonly string[]) => Promise<string>,
  name: string,
): Promise<void> {
  const condition = {
    type: 'Issuing',
    status: 'True',
    reason: 'ManuallyTriggered',
    message: 'renewed by a test',
    lastTransitionTime: new Date().toISOString(),
  };
  const patch = [{ op: 'add', path: '/status/conditions/-', value: condition }];
  await kubectl(
    ...['patch', 'certificate', name, '--subresource=status', '--type=json'],
    `--patch=${JSON.stringify(patch)}`,
  );
}
