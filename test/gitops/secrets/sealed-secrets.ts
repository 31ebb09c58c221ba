import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { runCommand } from '../../harness/commands/run-command.ts';
import { goTool } from '../../harness/go-tools/go-tool.ts';
import { imageOfProgram } from '../../harness/image/image-of-program.ts';
import type { KubernetesHandle } from '../../harness/kubernetes/start-kubernetes.ts';
import { until } from '../../lib/until.ts';

/** Seals the manifest of a Secret, as an author does: only the cluster can read the answer, a SealedSecret in YAML. */
export type Seal = (secret: object) => Promise<string>;

const NAME = 'sealed-secrets';
const NAMESPACE = 'kube-system';

/** Runs the controller of Sealed Secrets in the cluster, and returns what seals for it. Needs a node. */
export async function startSealedSecrets({ kubectl, loadImage }: KubernetesHandle): Promise<Seal> {
  const tool = await goTool('sealed-secrets');
  const image = await imageOfProgram(tool.program('controller'), 'localhost/sealed-secrets:test');
  await loadImage(image.archivePath);
  await kubectl(['apply', '--server-side', '--filename', tool.file('crds')]);
  await kubectl(['apply', '--filename', '-'], controller(image.name));
  const key = await until(
    'the key that secrets are sealed with',
    () =>
      kubectl([
        ...['get', 'secrets', '--namespace', NAMESPACE],
        ...['--selector', 'sealedsecrets.bitnami.com/sealed-secrets-key=active'],
        String.raw`--output=jsonpath={.items[0].data.tls\.crt}`,
      ]).catch(() => ''),
    { isWanted: (text) => text !== '' },
  );
  return async (secret) => {
    const folder = await mkdtemp(join(tmpdir(), 'deepflow-sealed-'));
    try {
      const certificate = join(folder, 'key.pem');
      await writeFile(certificate, Buffer.from(key, 'base64'));
      return await runCommand(
        tool.program('kubeseal'),
        ['--cert', certificate, '--format', 'yaml'],
        {
          stdin: JSON.stringify(secret),
        },
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  };
}

function controller(image: string): string {
  const metadata = { name: NAME, namespace: NAMESPACE };
  const labels = { app: NAME };
  const documents = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: NAME },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'cluster-admin',
      },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: NAME,
            containers: [{ name: 'controller', image, imagePullPolicy: 'IfNotPresent' }],
          },
        },
      },
    },
  ];
  return documents.map((each) => dump(each)).join('---\n');
}
