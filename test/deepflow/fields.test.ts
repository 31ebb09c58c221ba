import { describe, expect, test } from 'vitest';
import { DATA_SOURCES } from '../../src/deepflow/data-sources.ts';
import { fieldsOf } from '../../src/deepflow/fields.ts';
import { tableNamed } from '../harness/generator/tables.ts';

/** Columns that DeepFlow stores and has no JSON field for. */
const NOT_EXPORTED: Readonly<Record<string, readonly string[]>> = {
  'flow_log.l4_flow_log': ['tag_source_0', 'tag_source_1', 'aggregated_flow_ids', 'acl_gids'],
  'flow_log.l7_flow_log': ['tag_source_0', 'tag_source_1', 'trace_id_index'],
};

describe.each(DATA_SOURCES)('the fields of %s', (dataSource) => {
  const fields = fieldsOf(dataSource);
  const stored = fields.filter((field) => field.form !== 'organization');
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
  if (type.includes('UInt')) return type === 'UInt64' ? ['uint', 'mac'] : ['uint'];
  return ['int', 'unsigned32'];
}
