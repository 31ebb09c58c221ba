#!/usr/bin/env node
import { Command } from 'commander';
import { z } from 'zod';
import { createLogger, LOG_LEVELS } from '../lib/logger.ts';
import { checkpointsCommand } from './checkpoints.ts';
import { compareCommand } from './compare/compare.ts';
import { logLevelOption, port } from './common-options.ts';
import { operatorCommand } from './operator.ts';
import { parseOptions } from './parse-options.ts';
import { previewCommand } from './preview.ts';
import { readPackage } from './read-package.ts';
import { schemaCommand } from './schema.ts';
import { statusCommand } from './status.ts';
import { tapCommand } from './tap.ts';
import { USAGE_EXIT_CODE, UsageError } from './usage-error.ts';

const exporterOptionsSchema = z.object({
  config: z.string(),
  credentials: z.string(),
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
    .command('exporter')
    .description('run an exporter, which sends records to Kafka')
    .requiredOption('--config <file>', 'configuration, YAML')
    .requiredOption('--credentials <directory>', 'directory of the credential files')
    .option('--port <port>', 'port of probes, metrics and status', '8080')
    .addOption(logLevelOption())
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
    .addCommand(operatorCommand({ onStop, fail }))
    .addCommand(previewCommand({ environment, stdout, stderr }))
    .addCommand(schemaCommand({ stdout }))
    .addCommand(statusCommand({ environment, stdout, stderr, exitCode }))
    .addCommand(tapCommand({ environment, stdout, stderr }))
    .addCommand(compareCommand({ stdout, stderr, setExitCode: exitCode }))
    .addCommand(checkpointsCommand({ environment, stdout, stderr, random: Math.random }));
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

/** The exit code of a command that ends by itself. */
function exitCode(code: number): void {
  process.exitCode = code;
}

function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof UsageError ? USAGE_EXIT_CODE : 1);
}

try {
  await program().parseAsync();
} catch (error) {
  fail(error);
}
