import type { TestProject } from 'vitest/node';
import { compileKubernetes } from '../../harness/kubernetes/start-kubernetes.ts';

/** Compiles the Kubernetes that the project's tests start: before any test runs, as a compiler takes all cores. */
export default async function setup(project: TestProject): Promise<void> {
  await compileKubernetes({ version: project.getProvidedContext().kubernetesVersion });
}
