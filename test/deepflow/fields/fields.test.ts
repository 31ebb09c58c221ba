import { describe, expect, test } from 'vitest';
import { DATA_SOURCES } from '../../../src/deepflow/data-sources.ts';
import { fieldsOf } from '../../../src/deepflow/fields/fields.ts';
import { meaningOf } from '../../../src/deepflow/fields/meanings.ts';
import { tableNamed } from '../../harness/generator/tables.ts';

/** Columns that DeepFlow stores and has no JSON field for. */
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

  test('have keys of their own', () => {
    expect(new Set(fields.map(({ key }) => key)).size).toBe(fields.length);
  });

  test('are read from columns that the table has, in a form that fits the type', () => {
    const misfits = stored.filter(
      ({ column, form }) => !formsOf(columns.get(column)).includes(form),
    );
    expect(misfits).toEqual([]);
  });

  test('say the width of their integers, and which of them may be NULL', () => {
    const said = stored.map(({ column, form, bits, nullable = false }) => ({
      column,
      bits: form === 'uint' || form === 'int' ? bits : undefined,
      nullable,
    }));
    const found = stored.map(({ column, form }) => {
      const type = columns.get(column) ?? '';
      const bits = Number(/Int(\d+)/.exec(type)?.[1]);
      return {
        column,
        bits: form === 'uint' || form === 'int' ? bits : undefined,
        nullable: type.startsWith('Nullable('),
      };
    });
    expect(said).toEqual(found);
  });

  test('have a meaning each, without a word left open', () => {
    const silent = fields.filter(
      (field) => !/^[^{}]+[.]$/.test(meaningOf(field, dataSource)?.text ?? ''),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  test('cover every column that DeepFlow exports', () => {
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
