import { randomBytes } from 'node:crypto';
import type { Writable } from 'node:stream';
import { Command } from 'commander';
import { z } from 'zod';
import { systemClock } from '../lib/clock.ts';
import { addClusterOptions, clusterOptions } from './options/cluster-options.ts';
import { port } from './options/common-options.ts';
import { parseOptions } from './options/parse-options.ts';
import { UsageError } from './process/usage-error.ts';

/** What the command needs from the process. */
export interface DashboardProcess {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Gets the address of the page. */
  readonly stdout: Writable;
  /** Calls `stop` when the process shall end. */
  readonly onStop: (stop: () => Promise<void>) => void;
}

const optionsSchema = z.object({
  ...clusterOptions,
  allNamespaces: z.boolean().default(false),
  port,
});

/** Pause between two readings. */
const INTERVAL_MS = 5_000;

const EXAMPLES = `
Examples:
  # all exporters of the cluster
  kubectl kfx dashboard --all-namespaces
  # those of one namespace, at a port of your choice
  kubectl kfx dashboard --namespace observability --port 8090
`;

/** `dashboard`: serves a page on 127.0.0.1 that shows exporters, with the rights of the user, until Ctrl-C. */
export function dashboardCommand(io: DashboardProcess): Command {
  const command = new Command('dashboard')
    .description('show exporters on a page in the browser, live, until Ctrl-C')
    .option('-A, --all-namespaces', 'exporters of all namespaces');
  return addClusterOptions(command)
    .option('--port <port>', 'port on 127.0.0.1; 0: any free one', '0')
    .addHelpText('after', EXAMPLES)
    .action(async (raw: unknown) => {
      const options = parseOptions(optionsSchema, raw);
      const { allNamespaces, context, kubeconfig } = options;
      if (allNamespaces && options.namespace !== undefined) {
        throw new UsageError('--all-namespaces shows all exporters: leave out --namespace');
      }
      const { openCluster } = await import('../fleet/open-cluster.ts');
      const { readFleet } = await import('../fleet/read-fleet.ts');
      const { createFleetFeed } = await import('../dashboard/fleet-feed.ts');
      const { startDashboardServer } = await import('../dashboard/dashboard-server.ts');
      const cluster = await openCluster({ context, kubeconfig, environment: io.environment });
      const namespace = allNamespaces ? undefined : (options.namespace ?? cluster.namespace);
      const deps = { client: cluster.client, clock: systemClock };
      const feed = createFleetFeed({
        clock: systemClock,
        intervalMs: INTERVAL_MS,
        read: (before) => readFleet(deps, { namespace }, before),
      });
      const token = randomBytes(32).toString('base64url');
      const server = await startDashboardServer({ port: options.port, feed, token });
      io.stdout.write(
        `Open this address in a browser on this machine:\n\n  ${server.url}\n\nCtrl-C ends.\n`,
      );
      io.onStop(async () => {
        feed.stop();
        await server.close();
        await cluster.close();
      });
    });
}
