import type { Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { DATA_SOURCES, type DataSource } from '../../deepflow/data-sources.ts';
import type { Checkpoints } from '../../exporter/inspect/open-checkpoints.ts';
import type { DataSourceProgress } from '../../exporter/progress/exporter-progress.ts';
import { resetEffect } from '../../exporter/progress/reset-effect.ts';
import { readConfigFile } from '../../exporter/config/read-config-file.ts';
import { shardsNow } from '../../exporter/schedule/time-layout.ts';
import { type ExporterConfig, isReading } from '../../exporter/contract/exporter-config.ts';
import {
  CONFIG_DIRECTORY,
  CONFIG_FILE,
  CREDENTIALS_DIRECTORY,
} from '../../exporter/contract/mounted-files.ts';
import { systemClock } from '../../lib/clock.ts';
import { effectText, isoSecond, progressJson, progressText } from './checkpoints-text.ts';
import { checkDataSource } from '../manifests/read-config.ts';
import { parseOptions } from '../options/parse-options.ts';
import { UsageError } from '../process/usage-error.ts';

/** What the command needs from the process. */
export interface CheckpointsProcess {
  /** The variables of the process, which may name proxies. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Numbers in [0, 1), for pauses between tries. */
  readonly random: () => number;
  /** Gets the output of the command. */
  readonly stdout: Writable;
  /** Gets messages about the command. */
  readonly stderr: Writable;
}

const WHEN = 'must be Now, Earliest or an RFC 3339 time, such as 2026-01-31T00:00:00Z';

const filesSchema = z.object({ config: z.string(), credentials: z.string() });
const showSchema = filesSchema.extend({
  shards: z.boolean().default(false),
  output: z.enum(['text', 'json']),
});
const resetSchema = filesSchema.extend({
  to: z.union([z.enum(['Now', 'Earliest']), z.iso.datetime({ offset: true, error: WHEN })]),
  dataSource: z.array(z.enum(DATA_SOURCES)).optional(),
  shards: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  yes: z.boolean().default(false),
  exporterIsStopped: z.boolean().default(false),
});

const DRY_RUN_OR_YES =
  'either --dry-run or --yes must be given: --dry-run shows what would be sent again or skipped, --yes does the reset';

/** `checkpoints`: shows the progress of an exporter, or moves it to another time. */
export function checkpointsCommand(io: CheckpointsProcess): Command {
  return new Command('checkpoints')
    .description('show the progress of an exporter, or move it to another time')
    .addCommand(showCommand(io))
    .addCommand(resetCommand(io));
}

function showCommand(io: CheckpointsProcess): Command {
  return withFiles(new Command('show').description('show how far each data source is exported'))
    .option('--shards', 'also show each shard')
    .addOption(
      new Option('-o, --output <form>', 'format of the output')
        .choices(['text', 'json'])
        .default('text'),
    )
    .action(async (raw: unknown) => {
      const options = parseOptions(showSchema, raw);
      await withCheckpoints(options, io, async (checkpoints, config) => {
        const shown = { config, progress: await checkpoints.read(), nowMs: systemClock.now() };
        const text =
          options.output === 'json' ? progressJson(shown) : progressText(shown, options.shards);
        io.stdout.write(text);
      });
    });
}

function resetCommand(io: CheckpointsProcess): Command {
  return withFiles(new Command('reset').description('make an exporter continue from another time'))
    .requiredOption(
      '--to <time>',
      'Now, Earliest (the oldest row in ClickHouse) or an RFC 3339 time',
    )
    .addOption(
      new Option(
        '--data-source <names...>',
        'data sources to move, such as flow_log.l7_flow_log (default: all)',
      ),
    )
    .option('--shards', 'also show what happens to each shard')
    .option('--dry-run', 'write nothing, and show what would be sent again or skipped')
    .option('--yes', 'do the reset')
    .option(
      '--exporter-is-stopped',
      'with AtLeastOnce, where Kafka cannot fence a running exporter: confirm that it is stopped',
    )
    .action(async (raw: unknown) => {
      const options = parseOptions(resetSchema, raw);
      if (options.dryRun === options.yes) throw new UsageError(DRY_RUN_OR_YES);
      await withCheckpoints(options, io, (checkpoints, config) =>
        runReset({ checkpoints, config, options }, io),
      );
    });
}

function withFiles(command: Command): Command {
  return command
    .option('--config <file>', 'configuration, YAML', `${CONFIG_DIRECTORY}/${CONFIG_FILE}`)
    .option('--credentials <directory>', 'directory of credential files', CREDENTIALS_DIRECTORY);
}

async function withCheckpoints(
  files: z.infer<typeof filesSchema>,
  { environment, random }: CheckpointsProcess,
  use: (checkpoints: Checkpoints, config: ExporterConfig) => Promise<void>,
): Promise<void> {
  const config = await readConfigFile(files.config);
  if (!isReading(config)) throw new Error(NO_PROGRESS);
  const { openCheckpoints } = await import('../../exporter/inspect/open-checkpoints.ts');
  const checkpoints = await openCheckpoints(config, {
    credentialsDirectory: files.credentials,
    random,
    environment,
  });
  try {
    await use(checkpoints, config);
  } finally {
    await checkpoints.close();
  }
}

const NO_PROGRESS =
  'this KafkaExporter has no progress: its records are pushed (spec.source.http), not read';

interface ResetRun {
  readonly checkpoints: Checkpoints;
  readonly config: ExporterConfig;
  readonly options: z.infer<typeof resetSchema>;
}

async function runReset(run: ResetRun, io: CheckpointsProcess): Promise<void> {
  const { checkpoints, config, options } = run;
  const { dataSource, to, dryRun } = options;
  for (const each of dataSource ?? []) checkDataSource(each, config);
  checkStopped(run);
  const targets = await targetsOf(run, dataSource ?? config.dataSources);
  const { layout, dataSources } = await checkpoints.read();
  if (layout === undefined) {
    throw new Error(
      'nothing was exported yet: spec.source.clickHouse.startFrom decides where the exporter starts',
    );
  }
  const say = (found: readonly DataSourceProgress[]): void => {
    for (const [name, second] of targets) {
      const progress = found.find((each) => each.dataSource === name);
      const effect = progress === undefined ? undefined : resetEffect(progress, second);
      io.stdout.write(effectText({ dataSource: name, to: second, effect }, options));
    }
  };
  if (dryRun) {
    say(dataSources);
    io.stderr.write('nothing was written: this was a dry run\n');
    return;
  }
  const shards = shardsNow(layout);
  let done = 0;
  try {
    const before = await checkpoints.reset(shards, targets, () => done++);
    say(before.dataSources);
  } catch (error) {
    const [again = 0] = targets.values();
    const command = to === 'Earliest' ? to : isoSecond(again);
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}\n${done} of ${shards} shards continue from the new time, the others from their old position: run the command again with --to ${command} to complete the reset`,
      { cause: error },
    );
  }
}

/** @throws Error when a running exporter could overwrite the new progress. */
function checkStopped({ config, options }: ResetRun): void {
  if (options.dryRun || options.exporterIsStopped) return;
  if (config.delivery.guarantee === 'ExactlyOnce') return;
  throw new Error(
    'with spec.delivery.guarantee AtLeastOnce a running exporter would overwrite the new time: set spec.enabled to false, wait until its pod is gone, and add --exporter-is-stopped',
  );
}

async function targetsOf(
  { checkpoints, options: { to } }: ResetRun,
  dataSources: readonly DataSource[],
): Promise<ReadonlyMap<DataSource, number>> {
  const now = Math.floor(systemClock.now() / 1000);
  if (to === 'Earliest') {
    const earliest = dataSources.map(
      async (name): Promise<[DataSource, number]> => [name, await checkpoints.earliest(name)],
    );
    return new Map(await Promise.all(earliest));
  }
  const second = to === 'Now' ? now : Math.floor(Date.parse(to) / 1000);
  if (second < 0 || second > now)
    throw new UsageError('--to must not be before 1970 or in the future');
  return new Map(dataSources.map((name) => [name, second]));
}
