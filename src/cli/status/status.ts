import type { Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import { addClusterOptions, clusterOptions } from '../options/cluster-options.ts';
import { parseOptions } from '../options/parse-options.ts';
import { UsageError } from '../process/usage-error.ts';
import {
  type Screen,
  showOnce,
  type StatusSource,
  STATUS_FORMS,
  watchStatus,
} from './show-status.ts';
import { withProgress } from '../process/with-progress.ts';
import { whileRead } from '../process/while-read.ts';

/** What the command needs from the process. */
export interface StatusProcess {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Gets the table or the documents. */
  readonly stdout: Screen;
  /** Gets sentences about what cannot be shown. */
  readonly stderr: Writable;
  /** Sets the exit code of a command that has done its work. */
  readonly setExitCode: (code: number) => void;
}

/** Exit code if an exporter needs attention. */
const NOT_READY = 1;
const INTERVAL_SECONDS = 3;
const WAIT = 'must be a number of 1 to 3600';

const optionsSchema = z.object({
  ...clusterOptions,
  allNamespaces: z.boolean().default(false),
  output: z.enum(STATUS_FORMS),
  watch: z.boolean().default(false),
  interval: z.coerce.number(WAIT).min(1, WAIT).max(3_600, WAIT),
});

type Options = z.infer<typeof optionsSchema>;

const EXAMPLES = `
Examples:
  # all exporters of the cluster, again and again
  kubectl kfx status --all-namespaces --watch
  # one exporter, with its topics and messages
  kubectl kfx status flow-logs --namespace observability --output wide
  # for a script: the exporters that are not ready
  kubectl kfx status -A -o json | jq '.exporters[] | select(.ready != "True")'

Exit codes: 0: all are ready; 1: one is not, or they cannot be read; 2: wrong
usage.
`;

/**
 * `status`: shows exporters in one table, from the resources and their pods, with the rights of the user. The exit code is 0 when
 * all exporters are ready, and 1 when one is not or when they cannot be read.
 */
export function statusCommand(io: StatusProcess): Command {
  const command = new Command('status')
    .description('show exporters: readiness, lag, rates, retries, credentials and the last error')
    .argument('[name]', 'name of a KafkaExporter (default: all of the namespace)')
    .option('-A, --all-namespaces', 'exporters of all namespaces');
  return addClusterOptions(command)
    .addHelpText('after', EXAMPLES)
    .addOption(
      new Option('-o, --output <form>', 'format of the output')
        .choices(STATUS_FORMS)
        .default('text'),
    )
    .option('-w, --watch', 'show it again and again until Ctrl-C')
    .option(
      '--interval <seconds>',
      'seconds over which rates are measured, and between two tables of a watch',
      String(INTERVAL_SECONDS),
    )
    .action(async (name: string | undefined, raw: unknown) => {
      const options = parseOptions(optionsSchema, raw);
      if (options.allNamespaces && (name ?? options.namespace) !== undefined) {
        throw new UsageError(
          '--all-namespaces shows all exporters: leave out the name and --namespace',
        );
      }
      await runStatus(options, name, io);
    });
}

async function runStatus(
  options: Options,
  name: string | undefined,
  io: StatusProcess,
): Promise<void> {
  const { context, kubeconfig } = options;
  const { environment } = io;
  const { openCluster } = await import('../../fleet/open-cluster.ts');
  const { readFleet } = await import('../../fleet/read-fleet.ts');
  const cluster = await openCluster({ context, kubeconfig, environment });
  const namespace = options.allNamespaces ? undefined : (options.namespace ?? cluster.namespace);
  const { interval, output: form } = options;
  const view = { form, namespace, intervalMs: interval * 1_000 };
  const deps = { client: cluster.client, clock: systemClock };
  const readAgain: StatusSource['read'] = (before) => readFleet(deps, { namespace, name }, before);
  const source = { clock: systemClock, read: readAgain };
  const showOnceWithProgress = (): Promise<'attention' | 'well'> =>
    withProgress(
      { clock: systemClock, stderr: io.stderr },
      () => 'reading exporters and their pods',
      () => showOnce(source, view, io),
    );
  try {
    await whileRead(io.stdout, async (signal) => {
      if (options.watch) await watchStatus(source, view, { ...io, signal });
      else if ((await showOnceWithProgress()) === 'attention') io.setExitCode(NOT_READY);
    });
  } finally {
    await cluster.close();
  }
}
