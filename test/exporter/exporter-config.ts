import {
  type ExporterConfig,
  exporterConfigSchema,
} from '../../src/exporter/contract/exporter-config.ts';

/** A valid configuration with the parts that a test is about. */
export function exporterConfig(parts: {
  readonly clickHouse?: Partial<ExporterConfig['clickHouse']>;
  readonly kafka?: Partial<ExporterConfig['kafka']>;
  readonly other?: Partial<Omit<ExporterConfig, 'clickHouse' | 'kafka'>>;
}): ExporterConfig {
  return exporterConfigSchema.parse({
    resource: 'observability/l7',
    dataSources: ['flow_log.l7_flow_log'],
    clickHouse: {
      url: 'http://clickhouse:8123',
      authenticated: false,
      settleSeconds: 10,
      latenessSeconds: 0,
      organizationId: 1,
      importedSpans: true,
      startFrom: 'Now',
      ...parts.clickHouse,
    },
    kafka: {
      endpoints: ['broker:9092'],
      compression: 'none',
      maxRequestBytes: 900_000,
      checkpointTopic: 'deepflow-export.observability.l7.checkpoints',
      ...parts.kafka,
    },
    delivery: { guarantee: 'ExactlyOnce', shards: 4 },
    topic: 'deepflow.{dataSource}',
    queueCount: 2,
    queueSize: 1_000,
    batchSize: 100,
    flushTimeoutSeconds: 1,
    exportFields: ['$tag', '$metrics'],
    filter: { condition: 'and', tagFilters: [], tagFilterGroups: [] },
    recordFormat: 'Documented',
    timeZone: 'UTC',
    enumTranslateToNameDisabled: false,
    universalTagTranslateToNameDisabled: false,
    keepIds: false,
    exportEmptyTag: false,
    exportEmptyMetricsDisabled: false,
    ...parts.other,
  });
}
