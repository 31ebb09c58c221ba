/**
 * DeepFlow's names of the record kinds that can be exported: `<database>.<table>`, also the value of
 * each record's `datasource` field (DeepFlow, server/ingester/exporters/config).
 */
export const DATA_SOURCES = ['flow_log.l4_flow_log', 'flow_log.l7_flow_log'] as const;

/** A kind of DeepFlow record. */
export type DataSource = (typeof DATA_SOURCES)[number];

/** The ClickHouse database and table behind a data source. */
export function tableOf(dataSource: DataSource): {
  readonly database: string;
  readonly table: string;
} {
  const dot = dataSource.indexOf('.');
  return { database: dataSource.slice(0, dot), table: dataSource.slice(dot + 1) };
}

/**
 * Replaces `{dataSource}`, `{database}` and `{table}` in a topic template. DeepFlow's own default is
 * `deepflow.{dataSource}`.
 */
export function topicOf(template: string, dataSource: DataSource): string {
  const { database, table } = tableOf(dataSource);
  return template
    .replaceAll('{dataSource}', dataSource)
    .replaceAll('{database}', database)
    .replaceAll('{table}', table);
}
