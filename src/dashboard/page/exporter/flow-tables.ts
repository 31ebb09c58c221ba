import { h, type ComponentChild } from 'preact';
import type {
  ExporterDetails,
  PodLine,
  ShardLine,
  TopicLine,
} from '../../contract/exporter-details.ts';
import { type Column, lineTable } from './line-table.ts';

const SHARDS: readonly Column<ShardLine>[] = [
  { heading: 'Shard', text: ({ shard }) => String(shard) },
  { heading: 'State', text: ({ state }) => state },
  { heading: 'Pod', text: ({ pod = '-' }) => pod },
  { heading: 'Lag', text: ({ lagText }) => lagText, isNumber: true },
];

const TOPICS: readonly Column<TopicLine>[] = [
  { heading: 'Topic', text: ({ topic }) => topic },
  { heading: 'State', text: ({ state }) => state },
  { heading: 'Data sources', text: ({ dataSources }) => dataSources.join(', ') },
  { heading: 'Records/s', text: ({ recordsText }) => recordsText, isNumber: true },
  { heading: 'Records', text: ({ totalText }) => totalText, isNumber: true },
  { heading: 'Lag', text: ({ lagText }) => lagText, isNumber: true },
  { heading: 'Retries', text: ({ retriesText }) => retriesText, isNumber: true },
  { heading: 'Refused', text: ({ rejectedText }) => rejectedText, isNumber: true },
];

const PODS: readonly Column<PodLine>[] = [
  { heading: 'Pod', text: ({ name }) => name },
  { heading: 'State', text: ({ state }) => state },
  { heading: 'Records/s', text: ({ recordsText }) => recordsText, isNumber: true },
  { heading: 'Lag', text: ({ lagText }) => lagText, isNumber: true },
  { heading: 'Credentials', text: ({ credentials }) => credentials, isNumber: true },
  { heading: 'Shards', text: ({ shards }) => shards },
];

/** What the picture shows, as tables: with all names, and with numbers for which it has no room. */
export function flowTables({ shards, source, topics }: ExporterDetails): ComponentChild {
  return [
    h('h3', null, 'Topics'),
    lineTable('Topics', TOPICS, topics),
    ...(source.kind === 'HTTP'
      ? []
      : [h('h3', null, 'Shards'), lineTable('Shards', SHARDS, shards)]),
  ];
}

/** The pods as a table. */
export function podTable(pods: NonNullable<ExporterDetails['pods']>): ComponentChild {
  return lineTable('Pods', PODS, pods);
}
