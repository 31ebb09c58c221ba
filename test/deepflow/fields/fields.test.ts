import { describe, expect, test } from 'vitest';
import { DATA_SOURCES } from '../../../src/deepflow/data-sources.ts';
import { fieldsOf } from '../../../src/deepflow/fields/fields.ts';
import { meaningOf } from '../../../src/deepflow/fields/meanings.ts';
import { tableNamed } from '../../harness/generator/tables.ts';

/** Columns that DeepFlow stores but does not write into JSON. */
const NOT_EXPORTED: Readonly<Record<string, readonly string[]>> = {
  'flow_log.l4_flow_log': ['tag_source_0', 'tag_source_1', 'aggregated_flow_ids', 'acl_gids'],
  'flow_log.l7_flow_log': ['tag_source_0', 'tag_source_1', 'trace_id_index'],
  'flow_metrics.network.1m': [
    'tag_source',
    'is_key_service',
    'packet',
    'byte',
    'retrans',
    'zero_win',
    'l7_error',
  ],
  'flow_metrics.network.1s': [
    'tag_source',
    'is_key_service',
    'packet',
    'byte',
    'retrans',
    'zero_win',
    'l7_error',
  ],
  'flow_metrics.network_map.1m': [
    'tag_source_0',
    'tag_source_1',
    'is_key_service',
    'packet',
    'byte',
    'retrans',
    'zero_win',
    'l7_error',
  ],
  'flow_metrics.network_map.1s': [
    'tag_source_0',
    'tag_source_1',
    'is_key_service',
    'packet',
    'byte',
    'retrans',
    'zero_win',
    'l7_error',
  ],
  'flow_metrics.application.1m': ['tag_source', 'is_key_service', 'error'],
  'flow_metrics.application.1s': ['tag_source', 'is_key_service', 'error'],
  'flow_metrics.application_map.1m': ['tag_source_0', 'tag_source_1', 'is_key_service', 'error'],
  'flow_metrics.application_map.1s': ['tag_source_0', 'tag_source_1', 'is_key_service', 'error'],
  'event.file_event': ['tagged', 'event_desc'],
  'event.perf_event': ['tagged', 'event_desc'],
  'event.file_agg_event': ['tagged', 'event_desc', 'root_pid', 'event_count'],
  'event.file_mgmt_event': [
    'tagged',
    'event_desc',
    'root_pid',
    'target_uid',
    'target_gid',
    'target_mode',
  ],
  'event.proc_perm_event': [
    'tagged',
    'event_desc',
    'pid',
    'root_pid',
    'old_uid',
    'old_gid',
    'new_uid',
    'new_gid',
  ],
  'event.proc_ops_event': [
    'tagged',
    'event_desc',
    'pid',
    'parent_pid',
    'root_pid',
    'uid',
    'gid',
    'cmdline',
    'exec_path',
  ],
};

describe.each(DATA_SOURCES)('the fields of %s', (dataSource) => {
  const fields = fieldsOf(dataSource);
  const stored = fields.filter((field) => field.isStored);
  const columns = new Map(tableNamed(dataSource).columns.map(({ name, type }) => [name, type]));

  test('have different keys', () => {
    expect(new Set(fields.map(({ key }) => key)).size).toBe(fields.length);
  });

  test('are read from columns of the table, in a form that fits the type of the column', () => {
    const misfits = stored.filter(
      ({ column, form }) => !formsOf(columns.get(column)).includes(form),
    );
    expect(misfits).toEqual([]);
  });

  test('state how many bits their integers have, and whether they may be NULL', () => {
    const stated = stored.map(({ column, form, bits, nullable = false }) => ({
      column,
      bits: form === 'uint' || form === 'int' ? bits : undefined,
      nullable,
    }));
    const actual = stored.map(({ column, form }) => {
      const type = columns.get(column) ?? '';
      const bits = Number(/Int(\d+)/.exec(type)?.[1]);
      return {
        column,
        bits: form === 'uint' || form === 'int' ? bits : undefined,
        nullable: type.startsWith('Nullable('),
      };
    });
    expect(stated).toEqual(actual);
  });

  test('each have a meaning: a sentence in which every placeholder is filled in', () => {
    const incomplete = fields.filter(
      (field) => !/^[^{}]+[.]$/.test(meaningOf(field, dataSource)?.text ?? ''),
    );
    expect(incomplete.map(({ name }) => name)).toEqual([]);
  });

  test('include every column that DeepFlow exports', () => {
    const read = new Set(stored.map(({ column }) => column));
    const unread = [...columns.keys()].filter((column) => !read.has(column));
    expect(unread.sort()).toEqual([...(NOT_EXPORTED[dataSource] ?? [])].sort());
  });
});

function formsOf(type: string | undefined): readonly string[] {
  if (type === undefined) return [];
  if (type === 'IPv4') return ['ipv4'];
  if (type === 'IPv6') return ['ipv6'];
  if (type.startsWith('DateTime64')) return ['micros'];
  if (type.startsWith('DateTime')) return ['seconds'];
  if (type === 'Array(Float64)') return ['floats'];
  if (type.startsWith('Array(')) return ['strings'];
  if (type.includes('String')) return ['string'];
  if (type === 'Float64') return ['truncated'];
  if (type === 'UInt64') return ['uint', 'mac'];
  if (type.includes('UInt')) return ['uint', 'workload_type'];
  return ['int', 'unsigned32'];
}
