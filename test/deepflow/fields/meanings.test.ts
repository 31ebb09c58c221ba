import { describe, expect, test } from 'vitest';
import { DATA_SOURCES, type DataSource } from '../../../src/deepflow/data-sources.ts';
import { fieldsOf } from '../../../src/deepflow/fields/fields.ts';
import { METRIC_MEANINGS } from '../../../src/deepflow/fields/meanings-metrics.ts';
import { TAG_MEANINGS } from '../../../src/deepflow/fields/meanings-tags.ts';
import { meaningOf } from '../../../src/deepflow/fields/meanings.ts';

function meaning(dataSource: DataSource, key: string): unknown {
  const field = fieldsOf(dataSource).find((each) => each.key === key);
  return field && meaningOf(field, dataSource);
}

describe('the meaning of a field', () => {
  test.each<[string, DataSource, string, string | undefined, string]>([
    [
      'names the side of the field',
      'flow_log.l4_flow_log',
      'region_id_1',
      undefined,
      'Region of the server.',
    ],
    [
      'names the side when only the key in this record has one',
      'flow_metrics.network_map.1m',
      'region_id_0',
      undefined,
      'Region of the client.',
    ],
    [
      'names the endpoint in a record with one side',
      'flow_metrics.network.1m',
      'packet_tx',
      'packets',
      'Packets that the endpoint sent.',
    ],
    [
      'names the process in an event',
      'event.proc_ops_event',
      'pod_id',
      undefined,
      'Pod of the process.',
    ],
    [
      'is the meaning for its database rather than the common meaning',
      'event.file_event',
      'duration',
      'µs',
      'How long the operation took.',
    ],
    [
      'is the meaning for its data source rather than the meaning for its database',
      'event.file_mgmt_event',
      'duration',
      'ns',
      'How long the operation took.',
    ],
    [
      'is the meaning for its side rather than the common meaning',
      'flow_log.l7_flow_log',
      'syscall_thread_1',
      undefined,
      'Thread that handled the response.',
    ],
  ])('%s', (_name, dataSource, key, unit, text) => {
    expect(meaning(dataSource, key)).toEqual({ unit, text });
  });

  test('is never given for a field that does not exist', () => {
    const names = new Set(
      DATA_SOURCES.flatMap((dataSource) =>
        fieldsOf(dataSource).flatMap(({ name }) => [name, name.replace(/_[01]$/, '')]),
      ),
    );
    const keys = Object.keys({ ...TAG_MEANINGS, ...METRIC_MEANINGS });
    expect(keys.filter((key) => !names.has(key.replace(/^.*\//, '')))).toEqual([]);
  });
});
