import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { createLogger, LOG_LEVELS } from '../lib/logger.ts';
import { checkpointsCommand } from './checkpoints.ts';
import { logLevelOption, port } from './common-options.ts';
import { convertCommand } from './convert/convert.ts';
import { operatorCommand } from './operator.ts';
import { parseOptions } from './parse-options.ts';
import { previewCommand } from './preview/preview.ts';
import { renderCommand } from './render/render.ts';
import { schemaCommand } from './schema.ts';
import { USAGE_EXIT_CODE, UsageError } from './usage-error.ts';
import { validateCommand } from './validate/validate.ts';

const packageSchema = z.object({ version: z.string(), description: z.string() });

const exporterOptionsSchema = z.object({
  config: z.string(),
  credentials: z.string(),
  port,
  logLevel: z.enum(LOG_LEVELS),
});

/** What only the entry point may read. */
export interface ProgramProcess {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** Builds the command line: one program with one subcommand for each part of the product. */
function program({ environment, random }: ProgramProcess): Command {
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
        environment,
      });
      onStop(() => exporter.stop());
    });
  const { stdin, stdout, stderr } = process;
  const setExitCode = (code: number): void => {
    process.exitCode = code;
  };
  return command
    .addCommand(operatorCommand({ onStop, fail }))
    .addCommand(previewCommand({ environment, stdin, stdout, stderr }))
    .addCommand(schemaCommand({ stdin, stdout }))
    .addCommand(renderCommand({ stdin, stdout, version }))
    .addCommand(validateCommand({ stdin, stdout, stderr, version, setExitCode }))
    .addCommand(convertCommand({ stdin, stdout, stderr, setExitCode }))
    .addCommand(checkpointsCommand({ environment, stdout, stderr, random }));
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
  process.exit(error instanceof UsageError ? USAGE_EXIT_CODE : 1);
}

/** Runs the command that the arguments of the process name. It ends the process when the command fails. */
export async function runProgram(io: ProgramProcess): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Who reads the output has read enough, as `head` does.
    if (error.code === 'EPIPE') process.exit(0);
    fail(error);
  });
  try {
    await endsWithUsageCode(program(io)).parseAsync();
  } catch (error) {
    fail(error);
  }
}

/** Makes a command and those below it end with the exit code of wrong usage where Commander would end with 1. */
function endsWithUsageCode(command: Command): Command {
  command.exitOverride(({ exitCode }: CommanderError) => {
    process.exit(exitCode === 0 ? 0 : USAGE_EXIT_CODE);
  });
  for (const each of command.commands) endsWithUsageCode(each);
  return command;
}
