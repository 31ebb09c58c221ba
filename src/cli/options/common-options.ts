import { Option } from 'commander';
import { z } from 'zod';
import { LOG_LEVELS } from '../../lib/logger.ts';

/** `--log-level`, with the default info. */
export function logLevelOption(): Option {
  return new Option('--log-level <level>', 'how much to log').choices(LOG_LEVELS).default('info');
}

const PORT = 'must be a number of 0 to 65535';

/** The value of an option that is a port; 0: any free port. */
export const port = z.coerce.number(PORT).int(PORT).min(0, PORT).max(65_535, PORT);

/** `--file`: the manifest that a command works with. */
export function fileOption(mandatory = true): Option {
  return new Option(
    '-f, --file <file>',
    'manifest of a KafkaExporter, YAML; - for standard input',
  ).makeOptionMandatory(mandatory);
}

/** `--data-source`; the schema of the options says which there are, as a list of all would fill the help. */
export function dataSourceOption(whenAbsent: string): Option {
  return new Option(
    '--data-source <name>',
    `a data source, such as flow_log.l7_flow_log (${whenAbsent})`,
  );
}

/** An RFC 3339 time, as milliseconds since the Unix epoch. */
export const rfc3339 = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time, such as 2026-01-31T00:00:00Z' })
  .transform((text) => Date.parse(text));

/** A whole number in a range. */
export function wholeNumber(max: number, min = 1): z.ZodType<number> {
  const words = `must be a whole number of ${min} to ${max}`;
  return z.coerce.number(words).int(words).min(min, words).max(max, words);
}
