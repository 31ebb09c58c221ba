import {
  type ExporterConfig,
  exporterConfigSchema,
  isPushed,
  isReading,
  type PushConfig,
  type ReadingConfig,
} from '../../src/exporter/contract/exporter-config.ts';

/** A valid configuration with the parts that a test needs. */
export function exporterConfig(parts: {
  readonly clickHouse?: Partial<ReadingConfig['clickHouse']>;
  readonly kafka?: Partial<ExporterConfig['kafka']>;
  readonly other?: Partial<Omit<ExporterConfig, 'clickHouse' | 'kafka'>>;
}): ReadingConfig {
  const config = exporterConfigSchema.parse({
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
  if (!isReading(config)) throw new Error('the configuration reads ClickHouse');
  return config;
}

/** The same for an exporter to which records are pushed, on any free port, without names of resources. */
export function pushConfig(
  config: ExporterConfig,
  http: Partial<PushConfig['http']> = {},
): PushConfig {
  const pushed = exporterConfigSchema.parse({
    ...config,
    clickHouse: undefined,
    universalTagTranslateToNameDisabled: true,
    http: {
      port: 0,
      bearerToken: false,
      maxBodyBytes: 16_777_216,
      maxLineBytes: 1_048_576,
      maxBufferedBytes: 67_108_864,
      timeZone: 'Asia/Shanghai',
      organizationId: 1,
      ...http,
    },
  });
  if (!isPushed(pushed)) throw new Error('records are pushed');
  return pushed;
}
