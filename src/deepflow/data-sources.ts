/**
 * DeepFlow's names of the record kinds that can be exported: `<database>.<table>`, also the value
 * of each record's `datasource` field (DeepFlow, server/ingester/exporters/config). Servers before
 * 7.1.1 use the name `event.perf_event` for `event.file_event`. The records and topic of
 * `event.perf_event` keep this name.
 */
export const DATA_SOURCES = [
  'flow_metrics.network.1m',
  'flow_metrics.network.1s',
  'flow_metrics.network_map.1m',
  'flow_metrics.network_map.1s',
  'flow_metrics.application.1m',
  'flow_metrics.application.1s',
  'flow_metrics.application_map.1m',
  'flow_metrics.application_map.1s',
  'flow_log.l4_flow_log',
  'flow_log.l7_flow_log',
  'event.file_event',
  'event.perf_event',
  'event.file_agg_event',
  'event.file_mgmt_event',
  'event.proc_perm_event',
  'event.proc_ops_event',
] as const;

/** A DeepFlow data source. */
export type DataSource = (typeof DATA_SOURCES)[number];

const NETWORK = 'of network metrics of an endpoint';
const NETWORK_MAP = 'of network metrics between two endpoints';
const APPLICATION = 'of application metrics of an endpoint';
const APPLICATION_MAP = 'of application metrics between two endpoints';

const RECORDS: Readonly<Record<DataSource, string>> = {
  'flow_metrics.network.1m': `a minute ${NETWORK}`,
  'flow_metrics.network.1s': `a second ${NETWORK}`,
  'flow_metrics.network_map.1m': `a minute ${NETWORK_MAP}`,
  'flow_metrics.network_map.1s': `a second ${NETWORK_MAP}`,
  'flow_metrics.application.1m': `a minute ${APPLICATION}`,
  'flow_metrics.application.1s': `a second ${APPLICATION}`,
  'flow_metrics.application_map.1m': `a minute ${APPLICATION_MAP}`,
  'flow_metrics.application_map.1s': `a second ${APPLICATION_MAP}`,
  'flow_log.l4_flow_log': 'a connection, or a minute of a long one',
  'flow_log.l7_flow_log': 'a call of an application: request, response or both',
  'event.file_event': 'a read or write of a file',
  'event.perf_event': 'a read or write of a file',
  'event.file_agg_event': 'several reads or writes of a file',
  'event.file_mgmt_event': 'a file that is created or deleted, or whose rights change',
  'event.proc_perm_event': 'a process that changes its user or group',
  'event.proc_ops_event': 'a process that forks, executes or ends',
};

/**
 * What one record of a data source is, as the end of a sentence that begins with "One record is".
 */
export function recordOf(dataSource: DataSource): string {
  return RECORDS[dataSource];
}

/**
 * True when the records have both sides of a connection: the fields of the client side end with
 * `_0`.
 */
export function hasBothSides(dataSource: DataSource): boolean {
  return dataSource.startsWith('flow_log.') || dataSource.includes('_map.');
}

/** True for events about files, under both names that DeepFlow has given their tables. */
export function isFileEvent(dataSource: DataSource): boolean {
  return dataSource.startsWith('event.file') || dataSource === 'event.perf_event';
}

/**
 * The prefix of an organisation's databases. Except for the first organisation, it is the number in
 * four digits (server/libs/ckdb).
 */
export function databasePrefix(organization: number): string {
  return organization === 1 ? '' : `${String(organization).padStart(4, '0')}_`;
}

/** A table that is read: a data source of one organisation. */
export interface TableRequest {
  readonly dataSource: DataSource;
  readonly organizationId: number;
}

/**
 * The ClickHouse database and table of a data source, for one organisation (the first by default).
 */
export function tableOf(
  dataSource: DataSource,
  organizationId = 1,
): {
  readonly database: string;
  readonly table: string;
} {
  const dot = dataSource.indexOf('.');
  return {
    database: `${databasePrefix(organizationId)}${dataSource.slice(0, dot)}`,
    table: dataSource.slice(dot + 1),
  };
}

/**
 * Replaces `{dataSource}`, `{database}` and `{table}` in a topic template. DeepFlow's default is
 * `deepflow.{dataSource}`.
 */
export function topicOf(template: string, dataSource: DataSource): string {
  const { database, table } = tableOf(dataSource);
  return template
    .replaceAll('{dataSource}', dataSource)
    .replaceAll('{database}', database)
    .replaceAll('{table}', table);
}
