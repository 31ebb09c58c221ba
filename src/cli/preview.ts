import { readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { DATA_SOURCES, type DataSource } from '../deepflow/data-sources.ts';
import { isReading, type ReadingConfig } from '../exporter/contract/exporter-config.ts';
import type { PreviewedRow, PreviewRequest } from '../exporter/inspect/preview.ts';
import type { ClickHouseCredentials } from '../exporter/source/clickhouse/connection/clickhouse-access.ts';
import { checkDataSource, readConfig } from './read-config.ts';

/** What the command needs from the process. */
export interface PreviewProcess {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Gets the records, one on each line, and nothing else. */
  readonly stdout: Writable;
  /** Gets warnings and explanations. */
  readonly stderr: Writable;
}

/** Number of rows that are shown if neither a number nor a range is given. */
const LIMIT = 10;

const seconds = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time, such as 2026-01-31T00:00:00Z' })
  .transform((text) => Math.floor(Date.parse(text) / 1000));

const optionsSchema = z
  .object({
    file: z.string(),
    dataSource: z.enum(DATA_SOURCES).optional(),
    clickhouse: z.url({ protocol: /^https?$/, error: 'must be http://host:port' }).optional(),
    passwordFile: z.string().optional(),
    caFile: z.string().optional(),
    certificateFile: z.string().optional(),
    keyFile: z.string().optional(),
    from: seconds.optional(),
    to: seconds.optional(),
    limit: z.coerce.number({ error: 'must be a number' }).int().min(1).max(1_000_000).optional(),
    explain: z.boolean().default(false),
  })
  .refine(({ from, to }) => (from === undefined) === (to === undefined), {
    error: '--from and --to must be given together',
  })
  .refine(
    ({ certificateFile, keyFile }) => (certificateFile === undefined) === (keyFile === undefined),
    {
      error: '--certificate-file and --key-file must be given together',
    },
  )
  .refine(({ from = 0, to = 1 }) => from < to, { error: '--from must be before --to' });

type Options = z.infer<typeof optionsSchema>;

/**
 * `preview`: prints on standard output the exact bytes that an exporter would send for rows of ClickHouse, one
 * record on each line. It sends nothing, and needs neither Kafka nor Kubernetes.
 */
export function previewCommand(io: PreviewProcess): Command {
  return new Command('preview')
    .description('show the records that a KafkaExporter would send, without sending them')
    .requiredOption('-f, --file <file>', 'manifest of a KafkaExporter, YAML')
    .addOption(
      new Option('--data-source <name>', 'data source of the manifest (default: all)').choices(
        DATA_SOURCES,
      ),
    )
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
    )
    .action((raw: unknown) => runPreview(parseOptions(raw), io));
}

function parseOptions(raw: unknown): Options {
  const parsed = optionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `--${optionOf(String(path[0]))} ${message}`,
  );
  throw new Error(problems.join('\n'));
}

/** `dataSource` → `data-source`. */
function optionOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

async function runPreview(options: Options, io: PreviewProcess): Promise<void> {
  const config = await configOf(options, io.environment);
  const { dataSource, from, to, limit, explain } = options;
  checkDataSource(dataSource, config);
  const { signal } = watchErrors(io.stdout);
  const { openPreview } = await import('../exporter/inspect/preview.ts');
  const preview = await openPreview(config, await credentialsOf(options, io.environment), signal);
  for (const warning of preview.warnings) await write(io.stderr, `${warning}\n`);
  const window = from === undefined || to === undefined ? undefined : { from, to };
  const request: PreviewRequest = {
    rows: { window, limit: limit ?? (window === undefined ? LIMIT : undefined) },
    explains: explain,
  };
  for (const each of dataSource === undefined ? config.dataSources : [dataSource]) {
    let number = 0;
    for await (const row of preview.rows(each, request)) {
      if (isClosed(signal)) return;
      number++;
      if (row.kind === 'sent') await write(io.stdout, Buffer.concat([row.record, NEWLINE]));
      if (explain) {
        const said = explanation(each, number, row) + keyText(config, row);
        await write(io.stderr, `${said}\n`);
      }
    }
  }
}

const NEWLINE = Buffer.from('\n');

function explanation(dataSource: DataSource, number: number, row: PreviewedRow): string {
  const name = `${dataSource} row ${number}`;
  if (row.kind === 'rejected') return `${name}: rejected, does not pass ${row.failed.join('; ')}`;
  if (row.leftOut.length === 0) return `${name}: sent with every field`;
  return `${name}: sent; empty and left out: ${row.leftOut.join(', ')}`;
}

const NOTHING_TO_READ =
  'there is nothing to preview: records of this KafkaExporter are pushed (spec.source.http), not read; run the command schema to see their fields';

/** Explanation of the key of a record; empty if the exporter writes no keys. */
function keyText({ kafka }: ReadingConfig, row: PreviewedRow): string {
  if (kafka.keyField === undefined || row.kind === 'rejected') return '';
  return row.key === undefined ? '; no key' : `; key ${JSON.stringify(row.key.toString())}`;
}

async function configOf(
  options: Options,
  environment: PreviewProcess['environment'],
): Promise<ReadingConfig> {
  const config = await readConfig(options.file);
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

async function credentialsOf(
  { caFile, certificateFile, keyFile, passwordFile }: Options,
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

/** A signal that aborts with the error of a stream. */
function watchErrors(stream: Writable): AbortController {
  const controller = new AbortController();
  stream.on('error', (error) => {
    controller.abort(error);
  });
  return controller;
}

/**
 * True if the reader of the records has closed the pipe, as `head` does after enough lines.
 *
 * @throws when the records could not be written for another reason.
 */
function isClosed({ aborted, reason }: AbortSignal): boolean {
  if (!aborted) return false;
  if (reason instanceof Error && 'code' in reason && reason.code === 'EPIPE') return true;
  throw reason;
}

/** Events that end the wait for a slow reader. */
const READY = ['drain', 'close', 'error'] as const;

/** Writes, and waits while the reader is slower. Does not report errors of the stream: `watchErrors` does. */
async function write(stream: Writable, bytes: string | Buffer): Promise<void> {
  if (stream.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const event of READY) stream.off(event, done);
      resolve();
    };
    for (const event of READY) stream.on(event, done);
  });
}
