import { readFile } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import type { Command } from 'commander';
import { z } from 'zod';
import { DATA_SOURCES } from '../../deepflow/data-sources.ts';
import { URL_START_PATTERN } from '../../exporter/contract/addresses.ts';
import { isReading, type ReadingConfig } from '../../exporter/contract/exporter-config.ts';
import type { ClickHouseCredentials } from '../../exporter/source/clickhouse/connection/clickhouse-access.ts';
import { dataSourceOption, fileOption, rfc3339, wholeNumber } from '../options/common-options.ts';
import { readConfig } from '../manifests/read-config.ts';
import { parseOptions } from '../options/parse-options.ts';
import { UsageError } from '../process/usage-error.ts';

/** What the command needs from the process. */
export interface PreviewProcess {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Has the manifest if `--file` is `-`. */
  readonly stdin: Readable;
  /** Gets the records, one on each line, and nothing else. */
  readonly stdout: Writable;
  /** Gets warnings and explanations. */
  readonly stderr: Writable;
}

/** Number of rows that are shown if neither a number nor a range is given. */
export const LIMIT = 10;
const LIMIT_MAX = 1_000_000;

const second = rfc3339.transform((ms) => Math.floor(ms / 1_000));

const optionsSchema = z.object({
  file: z.string(),
  dataSource: z.enum(DATA_SOURCES).optional(),
  clickhouse: z
    .string()
    .regex(
      new RegExp(`${URL_START_PATTERN}(/[^\\s?#]*)?$`),
      'must be http://host:port or https://host:port, without a user name and password: $CLICKHOUSE_USER and --password-file have them',
    )
    .optional(),
  passwordFile: z.string().optional(),
  caFile: z.string().optional(),
  certificateFile: z.string().optional(),
  keyFile: z.string().optional(),
  from: second.optional(),
  to: second.optional(),
  limit: wholeNumber(LIMIT_MAX).optional(),
  explain: z.boolean().default(false),
});

/** Options of `preview`, parsed; `from` and `to` are seconds since the Unix epoch. */
export type PreviewOptions = z.infer<typeof optionsSchema>;

/** Adds the options of `preview` to a command. */
export function addPreviewOptions(command: Command): Command {
  return command
    .addOption(fileOption())
    .addOption(dataSourceOption('default: all of the manifest'))
    .option(
      '--clickhouse <url>',
      'address of ClickHouse, such as a port-forward (default: the addresses of the manifest)',
    )
    .option(
      '--password-file <file>',
      'file with the ClickHouse password (default: $CLICKHOUSE_PASSWORD; the user is $CLICKHOUSE_USER, else default)',
    )
    .option('--ca-file <file>', 'CA certificates for ClickHouse (default: the system’s)')
    .option('--certificate-file <file>', 'client certificate for ClickHouse')
    .option('--key-file <file>', 'private key of the client certificate')
    .option('--from <time>', 'rows from this RFC 3339 time on')
    .option('--to <time>', 'rows before this RFC 3339 time')
    .option(
      '--limit <number>',
      `number of the newest rows to show (default: ${LIMIT}, or all rows of a range)`,
    )
    .option(
      '--explain',
      'print on standard error which rows a filter rejects and which fields a record leaves out',
    );
}

/** @throws UsageError */
export function parsePreviewOptions(raw: unknown): PreviewOptions {
  const options = parseOptions(optionsSchema, raw);
  const { certificateFile, from, keyFile, to } = options;
  if ((from === undefined) !== (to === undefined)) {
    throw new UsageError('--from and --to must be given together');
  }
  if (from !== undefined && to !== undefined && from >= to) {
    throw new UsageError('--from must be before --to');
  }
  if ((certificateFile === undefined) !== (keyFile === undefined)) {
    throw new UsageError('--certificate-file and --key-file must be given together');
  }
  return options;
}

const NOTHING_TO_READ =
  'there is nothing to preview: records of this KafkaExporter are pushed (spec.source.http), not read; run the command schema to see their fields';

/**
 * The configuration of the exporter whose records are shown.
 *
 * @throws Error that says what is wrong with the manifest.
 */
export async function previewConfig(
  options: PreviewOptions,
  { environment, stdin }: Pick<PreviewProcess, 'environment' | 'stdin'>,
): Promise<ReadingConfig> {
  const config = await readConfig(options.file, stdin);
  if (!isReading(config)) throw new Error(NOTHING_TO_READ);
  const { clickHouse } = config;
  const authenticated =
    options.passwordFile !== undefined ||
    environment['CLICKHOUSE_USER'] !== undefined ||
    environment['CLICKHOUSE_PASSWORD'] !== undefined;
  // The given address replaces all addresses of the resource.
  const place =
    options.clickhouse === undefined ? {} : { url: options.clickhouse, replicaUrls: [] };
  // The Secrets of the resource are not read: the options replace them.
  const tls = {
    insecureSkipVerify: false,
    ...clickHouse.tls,
    privateCa: options.caFile !== undefined,
    clientCertificate: options.certificateFile !== undefined,
  };
  return { ...config, clickHouse: { ...clickHouse, ...place, tls, authenticated } };
}

/** The login to ClickHouse and the certificates that options name. */
export async function previewCredentials(
  { caFile, certificateFile, keyFile, passwordFile }: PreviewOptions,
  environment: PreviewProcess['environment'],
): Promise<ClickHouseCredentials> {
  return {
    clickHouseUsername: environment['CLICKHOUSE_USER'] ?? 'default',
    clickHousePassword:
      passwordFile === undefined
        ? environment['CLICKHOUSE_PASSWORD']
        : (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, ''),
    clickHouseCa: await textOf(caFile),
    clickHouseClientCertificate: await textOf(certificateFile),
    clickHouseClientKey: await textOf(keyFile),
  };
}

async function textOf(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, 'utf8');
}
