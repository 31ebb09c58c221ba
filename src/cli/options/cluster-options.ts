import type { Command } from 'commander';
import { z } from 'zod';

const name = z.string().min(1, 'must not be empty');

/** Options that say which cluster and namespace a command reads, as kubectl has them. */
export const clusterOptions = {
  namespace: name.optional(),
  context: name.optional(),
  kubeconfig: name.optional(),
};

/** Adds these options to a command. */
export function addClusterOptions(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'namespace (default: that of the context)')
    .option('--context <name>', 'context of the kubeconfig (default: the current one)')
    .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: as kubectl finds it)');
}
