import type { DataSource } from '../../deepflow/data-sources.ts';
import {
  type DataSourceProgress,
  finalTo,
  type Progress,
  sentTo,
  type ShardPosition,
} from '../../exporter/progress/exporter-progress.ts';
import type { ResetEffect } from '../../exporter/progress/reset-effect.ts';
import { shardsNow } from '../../exporter/schedule/time-layout.ts';
import type { ExporterConfig } from '../../exporter/contract/exporter-config.ts';
import { textTable } from '../text-table.ts';

/** The progress of an exporter to show. */
export interface ShownProgress {
  readonly config: ExporterConfig;
  readonly progress: Progress;
  readonly nowMs: number;
}

/** A second since the Unix epoch as RFC 3339 in UTC. */
export function isoSecond(second: number): string {
  return new Date(second * 1000).toISOString().replace('.000Z', 'Z');
}

/** Progress as tables. `withShards` adds a table of shards for each data source. */
export function progressText(shown: ShownProgress, withShards: boolean): string {
  const { config, progress } = shown;
  const { kafka, delivery, dataSources, resource } = config;
  const count =
    progress.layout === undefined ? 'nothing yet' : `${shardsNow(progress.layout)} shards`;
  const rows = dataSources.map((dataSource) => {
    const found = progress.dataSources.find((each) => each.dataSource === dataSource);
    return found === undefined
      ? [dataSource, 'not started', '-', '-', '-', '-', '-']
      : [dataSource, ...summaryCells(found, shown.nowMs)];
  });
  return [
    `exporter     ${resource}\n`,
    `checkpoints  ${kafka.checkpointTopic}: ${count}, ${delivery.guarantee}\n\n`,
    textTable([SUMMARY, ...rows]),
    ...(withShards ? progress.dataSources.map((each) => shardTable(each)) : []),
  ].join('');
}

const SUMMARY = [
  'DATA SOURCE',
  'START',
  'FINAL UP TO',
  'SENT UP TO',
  'LAG AT MOST',
  'OPEN SECONDS',
  'ROWS',
];

function summaryCells(progress: DataSourceProgress, nowMs: number): readonly string[] {
  const { start } = progress;
  const { lagSeconds, openSeconds, rememberedRows } = summaryOf(progress, nowMs);
  return [
    isoSecond(start),
    isoSecond(finalTo(progress)),
    isoSecond(sentTo(progress)),
    `${lagSeconds} s`,
    String(openSeconds),
    String(rememberedRows),
  ];
}

function shardTable({ dataSource, shards }: DataSourceProgress): string {
  const rows = shards.map((position) => [
    String(position.shard),
    isoSecond(position.finalTo),
    isoSecond(position.sentTo),
    String(position.openSeconds),
    String(position.rememberedRows),
  ]);
  const head = ['SHARD', 'FINAL UP TO', 'SENT UP TO', 'OPEN SECONDS', 'ROWS'];
  return `\n${dataSource}\n${textTable([head, ...rows])}`;
}

/** Progress as JSON: times in RFC 3339, and each data source with its shards. */
export function progressJson({ config, progress, nowMs }: ShownProgress): string {
  const shown = {
    resource: config.resource,
    checkpointTopic: config.kafka.checkpointTopic,
    guarantee: config.delivery.guarantee,
    shards: shardsNow(progress.layout ?? []),
    dataSources: progress.dataSources.map((each) => ({
      dataSource: each.dataSource,
      start: isoSecond(each.start),
      finalUpTo: isoSecond(finalTo(each)),
      sentUpTo: isoSecond(sentTo(each)),
      ...summaryOf(each, nowMs),
      shards: each.shards.map(shardJson),
    })),
  };
  return `${JSON.stringify(shown, undefined, 2)}\n`;
}

function shardJson(position: ShardPosition): object {
  const { shard, openSeconds, rememberedRows } = position;
  return {
    shard,
    finalUpTo: isoSecond(position.finalTo),
    sentUpTo: isoSecond(position.sentTo),
    openSeconds,
    rememberedRows,
  };
}

function summaryOf(
  progress: DataSourceProgress,
  nowMs: number,
): Pick<ShardPosition, 'openSeconds' | 'rememberedRows'> & { readonly lagSeconds: number } {
  const sum = (of: (position: ShardPosition) => number): number =>
    progress.shards.reduce((total, position) => total + of(position), 0);
  return {
    lagSeconds: Math.max(0, Math.round(nowMs / 1000) - sentTo(progress)),
    openSeconds: sum(({ openSeconds }) => openSeconds),
    rememberedRows: sum(({ rememberedRows }) => rememberedRows),
  };
}

/** What a reset does, or would do, to a data source. Without an effect, the data source was never started. */
export function effectText(
  reset: {
    readonly dataSource: DataSource;
    readonly to: number;
    readonly effect: ResetEffect | undefined;
  },
  { dryRun, shards }: { readonly dryRun: boolean; readonly shards: boolean },
): string {
  const { dataSource, to, effect } = reset;
  const verb = dryRun ? 'would continue from' : 'continues from';
  const lines =
    effect === undefined
      ? ['  the data source was not started before: nothing is sent again or skipped']
      : [
          ...changeLines(effect),
          ...(shards ? effect.shards.flatMap((each) => shardLines(each)) : []),
        ];
  return `${dataSource} ${verb} ${isoSecond(to)}\n${lines.map((line) => `${line}\n`).join('')}`;
}

function shardLines(change: ResetEffect['shards'][number]): readonly string[] {
  return [`  shard ${change.shard}:`, ...changeLines(change).map((line) => `  ${line}`)];
}

type Changes = Pick<ResetEffect, 'again' | 'earlier' | 'skipped'>;

function changeLines({ again, earlier, skipped }: Changes): readonly string[] {
  const lines: readonly (readonly [Changes['again'], string])[] = [
    [again, 'sent again: rows that were sent, from'],
    [earlier, 'sent for the first time: all rows before the old start, from'],
    [skipped, 'skipped: rows that were not sent yet, from'],
  ];
  const said = lines.flatMap(([window, words]) =>
    window === undefined ? [] : [`  ${words} ${isoSecond(window.from)} to ${isoSecond(window.to)}`],
  );
  return said.length === 0 ? ['  nothing is sent again or skipped'] : said;
}
