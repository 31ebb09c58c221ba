import type { TestProjectInlineConfiguration } from 'vitest/config';
import { KUBERNETES_VERSIONS } from '../../../harness/kubernetes/kubernetes-versions.ts';
import type { KubernetesVersion } from '../../../harness/kubernetes/kubernetes-versions.ts';
import { setting } from '../../../harness/settings.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Version of the project's Kubernetes; undefined if it is the user's own Kubernetes. */
    kubernetesVersion: KubernetesVersion | undefined;
  }
}

const FOLDER = 'test/integration/operator';
const ADMISSION = `${FOLDER}/api/api-validation.test.ts`;
/** Storms of edits take more than a minute, and the dashboard needs a browser; both are the same on every version. */
const NEWEST_ONLY = [`${FOLDER}/storms/*.test.ts`, `${FOLDER}/dashboard.test.ts`];

/**
 * One project for each tested Kubernetes. All tests of the operator run on the oldest, the newest and the user's own
 * Kubernetes. The tests of admission run on each, and storms of edits run only on the newest.
 */
export function kubernetesProjects(
  shared: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration[] {
  const versions = setting('TEST_KUBECONFIG') === undefined ? KUBERNETES_VERSIONS : [undefined];
  const whole = [versions.at(0), versions.at(-1)];
  return versions.map((version) => ({
    test: {
      ...shared,
      name: `integration-kubernetes-${version ?? 'own'}`,
      include: whole.includes(version) ? [`${FOLDER}/**/*.test.ts`] : [ADMISSION],
      exclude: version === versions.at(-1) ? [] : NEWEST_ONLY,
      globalSetup: [
        `${FOLDER}/cluster/${whole.includes(version) ? 'share-kubernetes' : 'compile-kubernetes'}.ts`,
      ],
      provide: { kubernetesVersion: version },
    },
  }));
}
