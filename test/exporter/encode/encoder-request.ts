import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import type { EncoderRequest } from '../../../src/exporter/encode/compile-encoder.ts';
import { NO_NAMES } from '../../../src/exporter/encode/values/name-tables.ts';

/** A request for all fields, not translated, with the parts that a test is about. */
export function encoderRequest(
  dataSource: DataSource,
  change: Partial<EncoderRequest> = {},
): EncoderRequest {
  return {
    dataSource,
    exportFields: ['$tag', '$metrics'],
    recordFormat: 'Documented',
    keepsEmpty: { tags: false, metrics: true },
    translates: { enums: false, resources: false },
    keepsIds: false,
    organization: 1,
    timeZone: 'UTC',
    tables: () => NO_NAMES,
    ...change,
  };
}
