import type { TestProject } from 'vitest/node';
import { compileKubernetes } from '../../../harness/kubernetes/start-kubernetes.ts';

/** Compiles the Kubernetes that the project's tests start. It does so before any test runs, because a compiler uses all cores. */
export default async function setup(project: TestProject): Promise<void> {
  await compileKubernetes({ version: project.getProvidedContext().kubernetesVersion });
}
