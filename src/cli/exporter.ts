import { Command } from 'commander';
import { z } from 'zod';
import { createLogger, LOG_LEVELS } from '../lib/logger.ts';
import { logLevelOption, port } from './options/common-options.ts';
import { parseOptions } from './options/parse-options.ts';

/** What the command needs from the process. */
export interface ExporterProcess {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Calls `stop` when the process shall end. */
  readonly onStop: (stop: () => Promise<void>) => void;
}

const optionsSchema = z.object({
  config: z.string(),
  credentials: z.string(),
  port,
  logLevel: z.enum(LOG_LEVELS),
});

/** `exporter`: runs an exporter until the process shall end. */
export function exporterCommand({ environment, onStop }: ExporterProcess): Command {
  return new Command('exporter')
    .description('run an exporter, which sends records to Kafka')
    .requiredOption('--config <file>', 'configuration, YAML')
    .requiredOption('--credentials <directory>', 'directory of the credential files')
    .option('--port <port>', 'port of probes, metrics and status', '8080')
    .addOption(logLevelOption())
    .action(async (raw: unknown) => {
      const options = parseOptions(optionsSchema, raw);
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
}
