import { z } from 'zod';

/** How to reach a cluster: plain data, so that it can cross from a test run's setup to its workers. */
export const kubernetesDataSchema = z.object({
  /** Absent where it is the user's own. */
  version: z.string().optional(),
  /** Of an administrator; the authority's certificate is in it. */
  kubeconfigPath: z.string(),
  kubectlPath: z.string(),
  /** The address at which pods reach programs on this machine, where the harness runs a node. */
  nodeAddress: z.string().optional(),
});

/** See {@link kubernetesDataSchema}. */
export type KubernetesData = Readonly<z.infer<typeof kubernetesDataSchema>>;
