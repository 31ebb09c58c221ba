#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { createLogger, LOG_LEVELS } from '../lib/logger.ts';
import { POD_ACCESS } from '../operator/pod-access.ts';
import { checkpointsCommand } from './checkpoints.ts';
import { parseOptions } from './parse-options.ts';
import { previewCommand } from './preview.ts';
import { schemaCommand } from './schema.ts';

const packageSchema = z.object({ version: z.string(), description: z.string() });

const logLevel = (): Option =>
  new Option('--log-level <level>', 'how much to log').choices(LOG_LEVELS).default('info');

const PORT = 'must be a number of 0 to 65535';
const port = z.coerce.number(PORT).int(PORT).min(0, PORT).max(65_535, PORT);

const exporterOptionsSchema = z.object({
  config: z.string(),
  credentials: z.string(),
  port,
  logLevel: z.enum(LOG_LEVELS),
});

/** What a part of a Kafka topic's name may be, without a dot. */
const INSTALLATION = /^[A-Za-z0-9_-]{1,63}$/;

const operatorOptionsSchema = z.object({
  kubeconfig: z.string().optional(),
  exporterImage: z.string().optional(),
  watchNamespaces: z
    .string()
    .transform((text) => text.split(',').filter((name) => name !== ''))
    .optional(),
  podAccess: z.enum(POD_ACCESS).optional(),
  installation: z
    .string()
    .regex(INSTALLATION, 'must be 1 to 63 letters, digits, "-" and "_"')
    .optional(),
  platformSecurityContext: z.boolean().optional(),
  leaderElect: z.boolean().optional(),
  leaderElectionNamespace: z.string().min(1, 'must be the name of a namespace').optional(),
  port,
  logLevel: z.enum(LOG_LEVELS),
});

/** Builds the command line: one program with one subcommand for each part of the product. */
function program(): Command {
  const { version, description } = readPackage();
  const command = new Command('deepflow-kafka-exporter')
    .description(description)
    .version(version)
    .showHelpAfterError();
  command
    .command('operator')
    .description('run the operator, which runs an exporter for each KafkaExporter')
    .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: as kubectl finds it)')
    .option(
      '--exporter-image <image>',
      'image of the exporters (default: $EXPORTER_IMAGE, else the image of the operator’s own pod)',
    )
    .option('--watch-namespaces <names>', 'namespaces to watch, comma-separated (default: all)')
    .option(
      '--installation <name>',
      'name of this installation, a part of the default names of checkpoint topics; needed when operators of several clusters use one Kafka (default: none)',
    )
    .addOption(
      new Option(
        '--pod-access <how>',
        'read the status of exporters directly, or through the API server (default: direct inside a cluster, proxy outside)',
      ).choices(POD_ACCESS),
    )
    .option(
      '--platform-security-context',
      'leave the user of exporters to the platform (OpenShift)',
    )
    .option(
      '--leader-elect',
      'run beside other operators: only the one that holds a Lease reconciles',
    )
    .option(
      '--leader-election-namespace <name>',
      'namespace of the Lease (default: $POD_NAMESPACE)',
    )
    .option('--port <port>', 'port of probes and metrics', '8081')
    .addOption(logLevel())
    .action(async (raw: unknown) => {
      // Each command loads what only it needs: the clients of Kubernetes, Kafka and ClickHouse take much memory.
      const { runOperator } = await import('../operator/main.ts');
      const operator = await runOperator(parseOptions(operatorOptionsSchema, raw), fail);
      onStop(() => operator.stop());
    });
  command
    .command('exporter')
    .description('run an exporter, which sends records to Kafka')
    .requiredOption('--config <file>', 'configuration, YAML')
    .requiredOption('--credentials <directory>', 'directory of the credential files')
    .option('--port <port>', 'port of probes, metrics and status', '8080')
    .addOption(logLevel())
    .action(async (raw: unknown) => {
      const options = parseOptions(exporterOptionsSchema, raw);
      const { startExporter } = await import('../exporter/main.ts');
      const exporter = await startExporter({
        configPath: options.config,
        credentialsDirectory: options.credentials,
        port: options.port,
        logger: createLogger('exporter', options.logLevel),
        environment: process.env,
      });
      onStop(() => exporter.stop());
    });
  const { env: environment, stdout, stderr } = process;
  return command
    .addCommand(previewCommand({ environment, stdout, stderr }))
    .addCommand(schemaCommand({ stdout }))
    .addCommand(checkpointsCommand({ environment, stdout, stderr, random: Math.random }));
}

function readPackage(): z.infer<typeof packageSchema> {
  const file = new URL('../../package.json', import.meta.url);
  return packageSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** Calls `stop` on the signals that Kubernetes and a terminal send, and then ends the process. */
function onStop(stop: () => Promise<void>): void {
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          fail(error);
        },
      );
    });
  }
}

function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

try {
  await program().parseAsync();
} catch (error) {
  fail(error);
}
