import { Command, Option } from 'commander';
import { z } from 'zod';
import { LOG_LEVELS } from '../lib/logger.ts';
import { POD_ACCESS } from '../operator/pod-access.ts';
import { addAuthorOptions, authorOptions } from './options/author-options.ts';
import { logLevelOption, port } from './options/common-options.ts';
import {
  installation,
  installationOption,
  platformSecurityContextOption,
} from './options/operator-options.ts';
import { parseOptions } from './options/parse-options.ts';

const optionsSchema = z.object({
  kubeconfig: z.string().optional(),
  exporterImage: z.string().optional(),
  watchNamespaces: z
    .string()
    .transform((text) => text.split(',').filter((name) => name !== ''))
    .optional(),
  podAccess: z.enum(POD_ACCESS).optional(),
  installation: installation.optional(),
  platformSecurityContext: z.boolean().optional(),
  ...authorOptions,
  leaderElect: z.boolean().optional(),
  leaderElectionNamespace: z.string().min(1, 'must be the name of a namespace').optional(),
  profilePort: port.optional(),
  port,
  logLevel: z.enum(LOG_LEVELS),
});

/** How the process of the operator ends. */
export interface OperatorProcess {
  /** Calls `stop` when the process shall end. */
  readonly onStop: (stop: () => Promise<void>) => void;
  /** Ends the process with an error. */
  readonly fail: (error: unknown) => void;
}

/** `operator`: runs the operator until the process shall end. */
export function operatorCommand(io: OperatorProcess): Command {
  const command = new Command('operator')
    .description('run the operator, which runs an exporter for each KafkaExporter')
    .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: as kubectl finds it)')
    .option(
      '--exporter-image <image>',
      'image of the exporters (default: $EXPORTER_IMAGE, else the image of the operator’s own pod)',
    )
    .option('--watch-namespaces <names>', 'namespaces to watch, comma-separated (default: all)')
    .addOption(installationOption())
    .addOption(
      new Option(
        '--pod-access <how>',
        'read the status of exporters directly, or through the API server (default: direct inside a cluster, proxy outside)',
      ).choices(POD_ACCESS),
    )
    .addOption(platformSecurityContextOption())
    .option(
      '--leader-elect',
      'run beside other operators: only the one that holds a Lease reconciles',
    )
    .option(
      '--leader-election-namespace <name>',
      'namespace of the Lease (default: $POD_NAMESPACE)',
    )
    .option(
      '--profile-port <port>',
      'serve CPU and heap profiles on 127.0.0.1, below /debug/pprof (default: none)',
    )
    .option('--port <port>', 'port of probes and metrics', '8081')
    .addOption(logLevelOption());
  return addAuthorOptions(command).action(async (raw: unknown) => {
    // Each command loads what only it needs: the clients of Kubernetes, Kafka and ClickHouse take much memory.
    const { runOperator } = await import('../operator/main.ts');
    const operator = await runOperator(parseOptions(optionsSchema, raw), io.fail);
    io.onStop(() => operator.stop());
  });
}
