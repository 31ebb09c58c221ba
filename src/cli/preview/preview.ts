import type { Writable } from 'node:stream';
import { Command } from 'commander';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { ReadingConfig } from '../../exporter/contract/exporter-config.ts';
import type { PreviewedRow, PreviewRequest } from '../../exporter/inspect/preview.ts';
import { isoSecond } from '../checkpoints/checkpoints-text.ts';
import { systemClock } from '../../lib/clock.ts';
import { whileRead } from '../process/while-read.ts';
import { withProgress } from '../process/with-progress.ts';
import { checkDataSource } from '../manifests/read-config.ts';
import {
  addPreviewOptions,
  LIMIT,
  parsePreviewOptions,
  previewConfig,
  previewCredentials,
  type PreviewOptions,
  type PreviewProcess,
} from './preview-options.ts';

const EXAMPLES = `
Examples:
  # the ten newest records of each data source, read through a port-forward
  kubectl --namespace deepflow port-forward service/deepflow-clickhouse 8123 &
  deepflow-kafka-exporter preview -f flow-logs.yaml \\
    --clickhouse http://127.0.0.1:8123
  # the records of a minute, and why rows are rejected
  deepflow-kafka-exporter preview -f flow-logs.yaml --explain \\
    --from 2026-01-31T00:00:00Z --to 2026-01-31T00:01:00Z
`;

/**
 * `preview`: prints on standard output the exact bytes that an exporter would send for rows of ClickHouse, one
 * record on each line. It sends nothing, and needs neither Kafka nor Kubernetes.
 */
export function previewCommand(io: PreviewProcess): Command {
  const command = new Command('preview').description(
    'show the records that a KafkaExporter would send, without sending them',
  );
  return addPreviewOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((raw: unknown) => runPreview(parsePreviewOptions(raw), io));
}

async function runPreview(options: PreviewOptions, io: PreviewProcess): Promise<void> {
  const config = await previewConfig(options, io);
  checkDataSource(options.dataSource, config);
  await whileRead(io.stdout, (closed) => printPreview({ config, options, closed }, io));
}

interface PreviewRun {
  readonly config: ReadingConfig;
  readonly options: PreviewOptions;
  /** Aborts when nobody reads the records any more. */
  readonly closed: AbortSignal;
}

async function printPreview(
  { closed, config, options }: PreviewRun,
  io: PreviewProcess,
): Promise<void> {
  const { dataSource, from, to, limit, explain } = options;
  const { openPreview } = await import('../../exporter/inspect/preview.ts');
  const credentials = await previewCredentials(options, io.environment);
  const preview = await withProgress(
    { clock: systemClock, stderr: io.stderr },
    () => 'reading the names of resources from ClickHouse',
    () => openPreview(config, credentials, closed),
  );
  const window = from === undefined || to === undefined ? undefined : { from, to };
  const request: PreviewRequest = {
    rows: { window, limit: limit ?? (window === undefined ? LIMIT : undefined) },
    explains: explain,
  };
  for (const each of dataSource === undefined ? config.dataSources : [dataSource]) {
    let number = 0;
    for await (const row of preview.rows(each, request)) {
      if (closed.aborted) return;
      number++;
      if (row.kind === 'sent') await write(io.stdout, Buffer.concat([row.record, NEWLINE]));
      if (explain) {
        const said = explanation(each, number, row) + keyText(config, row);
        await write(io.stderr, `${said}\n`);
      }
    }
    if (number === 0) await write(io.stderr, `${each}: ${nothingFound(config, request)}\n`);
  }
  // At the end: where ClickHouse refuses everything, its error says so once.
  for (const warning of new Set(preview.warnings)) await write(io.stderr, `${warning}\n`);
}

/** Why no row was shown: a filter has rejected all, or there are none. */
function nothingFound(
  { clickHouse, filter }: ReadingConfig,
  { explains, rows: { window } }: PreviewRequest,
): string {
  const range =
    window === undefined ? '' : ` from ${isoSecond(window.from)} to ${isoSecond(window.to)}`;
  const filters =
    filter.tagFilters.length + filter.tagFilterGroups.length > 0 || !clickHouse.importedSpans;
  return explains || !filters
    ? `there are no rows${range}`
    : `no rows${range} pass the filters; --explain shows the newest rows and the filters that reject them`;
}

const NEWLINE = Buffer.from('\n');

function explanation(dataSource: DataSource, number: number, row: PreviewedRow): string {
  const name = `${dataSource} row ${number}`;
  if (row.kind === 'rejected') return `${name}: rejected, does not pass ${row.failed.join('; ')}`;
  if (row.leftOut.length === 0) return `${name}: sent with every field`;
  return `${name}: sent; empty and left out: ${row.leftOut.join(', ')}`;
}

/** Explanation of the key of a record; empty if the exporter writes no keys. */
function keyText({ kafka }: ReadingConfig, row: PreviewedRow): string {
  if (kafka.keyField === undefined || row.kind === 'rejected') return '';
  return row.key === undefined ? '; no key' : `; key ${JSON.stringify(row.key.toString())}`;
}

/** Events that end the wait for a slow reader. */
const READY = ['drain', 'close', 'error'] as const;

/** Writes, and waits while the reader is slower. Does not report errors of the stream: `whileRead` does. */
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
