import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { DATA_SOURCES, type DataSource, topicOf } from '../../deepflow/data-sources.ts';
import { compileRecordTest } from '../../deepflow/filters/predicate/record-test.ts';
import type { TagFilter } from '../../deepflow/filters/record-filter.ts';
import { validateFilter } from '../../deepflow/filters/validate-filter.ts';
import { credentialsOf } from '../../exporter/config/credential-store.ts';
import { trustExtraAuthorities } from '../../exporter/config/extra-authorities.ts';
import {
  type ExporterConfig,
  isReading,
  type ReadingConfig,
} from '../../exporter/contract/exporter-config.ts';
import type { ExporterAccess } from '../../fleet/read-exporter.ts';
import { proxyEnvironment } from '../../lib/net/proxy-environment.ts';
import { visibleText } from '../../lib/visible-text.ts';
import { addClusterOptions, clusterOptions } from '../options/cluster-options.ts';
import { dataSourceOption, wholeNumber } from '../options/common-options.ts';
import { parseOptions } from '../options/parse-options.ts';
import { checkDataSource } from '../manifests/read-config.ts';
import type { Screen } from '../status/show-status.ts';
import { tapFilter } from './tap-filter.ts';
import { whileRead } from '../process/while-read.ts';

/** What the command needs from the process. */
export interface TapProcess {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Gets the records, one on each line, and nothing else. */
  readonly stdout: Screen;
  /** Gets sentences about what is shown. */
  readonly stderr: Writable;
}

const LIMIT = 10;
const LIMIT_MAX = 100_000;
const SECONDS = 30;
const SECONDS_MAX = 3_600;
/** More is not shown, whatever the limit of records is. */
const SHOWN_BYTES_MAX = 256 * 1_048_576;

const optionsSchema = z.object({
  ...clusterOptions,
  dataSource: z.enum(DATA_SOURCES).optional(),
  filter: z.array(tapFilter).default([]),
  from: z.enum(['topic', 'source']),
  limit: wholeNumber(LIMIT_MAX),
  seconds: wholeNumber(SECONDS_MAX),
  credentialsSecret: z.string().min(1, 'must be the name of a Secret').optional(),
});

type Options = z.infer<typeof optionsSchema>;

const EXAMPLES = `
Examples:
  # the next ten records that reach Kafka
  kubectl kfx tap flow-logs --namespace observability
  # calls of one service that fail, for a minute
  kubectl kfx tap flow-logs --data-source flow_log.l7_flow_log \\
    --filter response_status!=Success auto_service_1=checkout --seconds 60
  # what the newest rows of ClickHouse become
  kubectl kfx tap flow-logs --from source
`;

/**
 * `tap`: prints records of a running exporter, one on each line: new ones of its topics, or those that the newest rows of ClickHouse
 * become. It reads alone, in bounds, with the rights of the user and the login that the KafkaExporter names.
 */
export function tapCommand(io: TapProcess): Command {
  const command = new Command('tap')
    .description('show records of an exporter: live from its topics, or from the newest rows')
    .argument('<name>', 'name of a KafkaExporter')
    .addOption(dataSourceOption('default: all of the exporter'))
    .option(
      '--filter <conditions...>',
      'show only matching records: FIELD=VALUE, FIELD:WILDCARDS (*) or FIELD~REGEX, negated with ! before the sign; all must match',
    )
    .addOption(
      new Option('--from <place>', 'topic: new records of Kafka; source: the newest rows')
        .choices(['topic', 'source'])
        .default('topic'),
    )
    .option(
      '--limit <number>',
      'end after this number of records; from the source, of each data source',
      String(LIMIT),
    )
    .option('--seconds <number>', 'end after this time', String(SECONDS))
    .option(
      '--credentials-secret <name>',
      'Secret with username and password of another Kafka user (default: that of the exporter)',
    );
  return addClusterOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, raw: unknown) => {
      const options = parseOptions(optionsSchema, raw);
      const access = await readAccess(name, options, io);
      const { config } = access;
      checkDataSource(options.dataSource, config);
      trustFiles(access);
      const dataSources =
        options.dataSource === undefined ? config.dataSources : [options.dataSource];
      await whileRead(io.stdout, (closed) => {
        const run = { access, dataSources, options, show: createPrinter(io.stdout), closed };
        return options.from === 'topic' ? tapTopics(run, io) : tapRows(run, io);
      });
    });
}

async function readAccess(
  name: string,
  options: Options,
  { environment }: TapProcess,
): Promise<ExporterAccess> {
  const { context, kubeconfig } = options;
  const { openCluster } = await import('../../fleet/open-cluster.ts');
  const { readExporter } = await import('../../fleet/read-exporter.ts');
  const cluster = await openCluster({ context, kubeconfig, environment });
  try {
    return await readExporter(cluster.client, {
      name,
      namespace: options.namespace ?? cluster.namespace,
      server: options.from === 'topic' ? 'Kafka' : 'ClickHouse',
      loginSecret: options.from === 'topic' ? options.credentialsSecret : undefined,
    });
  } finally {
    await cluster.close();
  }
}

function trustFiles({ files }: ExporterAccess): void {
  const credentials = credentialsOf(files);
  trustExtraAuthorities({ current: () => credentials, onChange: () => () => undefined });
}

interface Tap {
  readonly access: ExporterAccess;
  readonly dataSources: readonly DataSource[];
  readonly options: Options;
  /** Prints a record. False: the reader has had enough bytes. */
  readonly show: (record: Buffer) => Promise<boolean>;
  /** Aborts when nobody reads the output. */
  readonly closed: AbortSignal;
}

async function tapTopics(tap: Tap, io: TapProcess): Promise<void> {
  const { access, closed, dataSources, options, show } = tap;
  const { config, files } = access;
  refuseOwnToken(config);
  const { openTopicTap } = await import('../../exporter/inspect/tap-topic.ts');
  const topics = [...new Set(dataSources.map((each) => topicOf(config.topic, each)))];
  const opened = await openTopicTap(config.kafka, topics, {
    credentials: credentialsOf(files),
    proxy: proxyEnvironment(io.environment),
  });
  const { limit, seconds } = options;
  io.stderr.write(
    `new records of ${topics.join(', ')}: at most ${limit}, for ${seconds} seconds\n`,
  );
  const passes = passing(options.filter);
  const signal = AbortSignal.any([closed, AbortSignal.timeout(seconds * 1_000)]);
  let shown = 0;
  let seen = 0;
  try {
    for await (const record of opened.records(signal)) {
      seen++;
      if (signal.aborted) break;
      if (!passes(record)) continue;
      shown++;
      if (!(await show(record)) || shown === limit) return;
    }
  } finally {
    await opened.close();
  }
  io.stderr.write(`${shown} of ${seen} new records were shown in ${seconds} seconds\n`);
}

function refuseOwnToken({ kafka }: ExporterConfig): void {
  const { oauthBearer } = kafka.sasl ?? {};
  if (oauthBearer === undefined || !('tokenFile' in oauthBearer)) return;
  throw new Error(
    'the exporter logs in to Kafka with the token of its own ServiceAccount, which only its pods have: show rows of ClickHouse with --from source',
  );
}

/** A record that is not a JSON object passes only without filters. */
function passing(filters: readonly TagFilter[]): (record: Buffer) => boolean {
  if (filters.length === 0) return () => true;
  const test = compileRecordTest(filters);
  const object = z.record(z.string(), z.unknown());
  return (record) => {
    try {
      const parsed = object.safeParse(JSON.parse(record.toString('utf8')));
      return parsed.success && test(parsed.data);
    } catch {
      return false;
    }
  };
}

async function tapRows(tap: Tap, io: TapProcess): Promise<void> {
  const { access, closed, dataSources, options } = tap;
  const { config } = access;
  if (!isReading(config)) {
    throw new Error(
      'records of this KafkaExporter are pushed, so there are no rows: use --from topic',
    );
  }
  const [problem] = validateFilter(
    { condition: 'and', tagFilters: options.filter, tagFilterGroups: [] },
    dataSources,
    config.recordFormat,
  );
  if (problem !== undefined) throw new Error(`--filter: ${problem}`);
  const timeout = AbortSignal.timeout(options.seconds * 1_000);
  try {
    await showRows(tap, config, { io, signal: AbortSignal.any([closed, timeout]) });
  } catch (error) {
    if (!timeout.aborted) throw error;
    throw new Error(
      `ClickHouse has not answered completely within ${options.seconds} seconds: increase --seconds`,
      { cause: error },
    );
  }
}

async function showRows(
  { access, closed, dataSources, options, show }: Tap,
  config: ReadingConfig,
  { io, signal }: { readonly io: TapProcess; readonly signal: AbortSignal },
): Promise<void> {
  const { openPreview } = await import('../../exporter/inspect/preview.ts');
  const preview = await openPreview(config, credentialsOf(access.files), signal);
  for (const warning of preview.warnings) io.stderr.write(`${visibleText(warning)}\n`);
  const rows = { window: undefined, limit: options.limit };
  const request = { rows, explains: false, also: options.filter };
  for (const dataSource of dataSources) {
    for await (const row of preview.rows(dataSource, request)) {
      if (closed.aborted) return;
      if (row.kind === 'sent' && !(await show(row.record))) return;
    }
  }
}

/** To a terminal, a record is printed without control characters; to a file or program, as it is. */
function createPrinter(stdout: Screen): Tap['show'] {
  let bytes = 0;
  return async (record) => {
    bytes += record.length;
    const line = stdout.isTTY === true ? Buffer.from(visibleText(record.toString())) : record;
    if (!stdout.write(Buffer.concat([line, Buffer.from('\n')])) && !stdout.destroyed) {
      await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]);
    }
    return bytes < SHOWN_BYTES_MAX;
  };
}
