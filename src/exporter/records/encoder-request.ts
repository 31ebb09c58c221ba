import type { DataSource } from '../../deepflow/data-sources.ts';
import { type ExporterConfig, isReading, organizationOf } from '../contract/exporter-config.ts';
import type { EncoderRequest } from '../encode/compile-encoder.ts';
import type { NameTables } from '../encode/values/name-tables.ts';

/** Returns the encoder request that a configuration makes for a data source. */
export function encoderRequest(
  config: ExporterConfig,
  dataSource: DataSource,
  tables: () => NameTables,
): EncoderRequest {
  return {
    dataSource,
    exportFields: config.exportFields,
    recordFormat: config.recordFormat,
    keepsEmpty: { tags: config.exportEmptyTag, metrics: !config.exportEmptyMetricsDisabled },
    translates: {
      enums: !config.enumTranslateToNameDisabled,
      resources: !config.universalTagTranslateToNameDisabled,
    },
    keepsIds: config.keepIds,
    knowsWorkloads: isReading(config),
    organization: organizationOf(config),
    timeZone: config.timeZone,
    keyField: config.kafka.keyField,
    tables,
  };
}
