import type { TestProject } from 'vitest/node';
import { kubernetesDataSchema } from '../../../harness/kubernetes/kubernetes-data.ts';
import type { KubernetesData } from '../../../harness/kubernetes/kubernetes-data.ts';
import { startKubernetes } from '../../../harness/kubernetes/start-kubernetes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    kubernetes: KubernetesData;
  }
}

/**
 * Starts a Kubernetes control plane (no node) in the project's version for all of its tests. Each test uses its own namespace.
 * Returns a function that stops the control plane.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { kubernetesVersion: version } = project.getProvidedContext();
  const kubernetes = await startKubernetes({ version, controllerManager: true });
  project.provide('kubernetes', kubernetesDataSchema.parse(kubernetes));
  return kubernetes.stop;
}
