import type { TestProjectInlineConfiguration } from 'vitest/config';
import { KUBERNETES_VERSIONS } from '../../harness/kubernetes/kubernetes-versions.ts';
import type { KubernetesVersion } from '../../harness/kubernetes/kubernetes-versions.ts';
import { setting } from '../../harness/settings.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The one that the project's Kubernetes has; undefined where it is the user's own. */
    kubernetesVersion: KubernetesVersion | undefined;
  }
}

const FOLDER = 'test/integration/operator';
const ADMISSION = `${FOLDER}/api-validation.test.ts`;

/**
 * One project for each tested Kubernetes: all tests of the operator run on the oldest, the newest and the user's own, those
 * of admission on each.
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
      globalSetup: [
        `${FOLDER}/${whole.includes(version) ? 'share-kubernetes' : 'compile-kubernetes'}.ts`,
      ],
      provide: { kubernetesVersion: version },
    },
  }));
}
