import { join } from 'node:path';
import { type GitRepository, startGitServer } from '../../harness/git/git-server.ts';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../harness/kubernetes/start-kubernetes.ts';
import { fileOf, filesUnder } from '../files-under.ts';
import { type ArgoCdUser, createArgoCdUser } from './argocd-user.ts';
import { startArgoCd } from './start-argocd.ts';

const PATCH = join(import.meta.dirname, '../../../deploy/argocd/argocd-cm.yaml');

/** What Argo CD's own manifests make, beside its CRDs and its programs. */
const CONFIGURATION = `
apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-cm, labels: { app.kubernetes.io/part-of: argocd } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-rbac-cm, labels: { app.kubernetes.io/part-of: argocd } }
---
apiVersion: v1
kind: Secret
metadata: { name: argocd-secret, labels: { app.kubernetes.io/part-of: argocd } }
stringData: { server.secretkey: only-for-tests }
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: default }
spec:
  sourceRepos: ['*']
  destinations: [{ namespace: '*', server: '*' }]
  clusterResourceWhitelist: [{ group: '*', kind: '*' }]
`;

/** A cluster without nodes that Argo CD keeps as a repository says. */
export interface ArgoCdUnderTest {
  readonly kubernetes: KubernetesHandle;
  readonly repository: GitRepository;
  readonly user: ArgoCdUser;
  /** Applies Applications, with the URL of the repository in place of that of the examples. */
  apply(applications: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Argo CD with our part of `argocd-cm`, and commits the operator and the exporters of the examples. */
export async function openArgoCd(): Promise<ArgoCdUnderTest> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const kubernetes = await startKubernetes({ controllerManager: true });
    stops.push(kubernetes.stop);
    const server = await startGitServer();
    stops.push(() => server.stop());
    const repository = await server.repository('clusters');
    await repository.commit({
      ...(await filesUnder('deploy', 'operator/deploy')),
      ...(await filesUnder('crds', 'operator/crds')),
      ...(await filesUnder('examples/gitops/exporters', 'exporters')),
    });
    const argoCd = await startArgoCd(kubernetes, CONFIGURATION);
    stops.push(() => argoCd.stop());
    const { kubectl } = kubernetes;
    await kubectl([
      ...['patch', 'configmap', 'argocd-cm', '--namespace', 'argocd'],
      ...['--type', 'merge', '--patch-file', PATCH],
    ]);
    return {
      kubernetes,
      repository,
      user: createArgoCdUser(kubernetes, argoCd),
      apply: async (applications) => {
        const text = applications.replaceAll(/https:.*\.git/g, repository.url);
        await kubectl(['apply', '--filename', '-'], text);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The text of `examples/gitops/argocd.yaml`. */
export function exampleApplications(): Promise<string> {
  return fileOf('examples/gitops/argocd.yaml');
}
