import { describe, expect, test } from 'vitest';
import { fieldsOf } from '../../../src/deepflow/fields/fields.ts';
import { NO_NAMES } from '../../../src/exporter/encode/values/name-tables.ts';
import { prepareTable } from '../../../src/exporter/records/prepare-table.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import { exporterConfig } from '../exporter-config.ts';

const L7 = 'flow_log.l7_flow_log';

/** What `prepareTable` reports for a table of calls that lacks these columns. */
function prepare(lacks: readonly string[], config: Parameters<typeof exporterConfig>[0] = {}) {
  const columns = fieldsOf(L7).map(({ column }) => column);
  const present = columns.filter((name) => !lacks.includes(name));
  const told: (readonly string[])[] = [];
  const warned: unknown[] = [];
  const prepared = prepareTable(
    {
      logger: { ...silentLogger, warn: (fields: unknown) => warned.push(fields) },
      names: { tables: () => NO_NAMES },
      onMissingColumns: (_dataSource, missing) => told.push(missing),
    },
    exporterConfig(config),
    {
      dataSource: L7,
      available: new Map(present.map((name) => [name, 'String'])),
    },
  );
  return { told, warned, columns: prepared.columns, where: prepared.where };
}

const filterOn = (fieldName: string) => ({
  condition: 'and' as const,
  tagFilters: [],
  tagFilterGroups: [
    {
      condition: 'or' as const,
      tagFilters: [{ fieldName, operator: '=' as const, fieldValues: ['1'] }],
    },
  ],
});

describe('a table of another DeepFlow version', () => {
  test('that lacks nothing is not reported', () => {
    const { told, warned } = prepare([]);
    expect(told).toEqual([[]]);
    expect(warned).toEqual([]);
  });

  test('is read without the columns that it lacks, which are reported once', () => {
    const { told, warned, columns } = prepare(['biz_type', 'syscall_cap_seq_0']);
    expect(told.map((missing) => missing.toSorted())).toEqual([['biz_type', 'syscall_cap_seq_0']]);
    expect(warned).toHaveLength(1);
    expect(columns).not.toContain('biz_type');
    expect(columns).toContain('end_time');
  });

  test('that lacks only columns that no record has is complete', () => {
    expect(prepare(['biz_type'], { other: { exportFields: ['$metrics'] } }).told).toEqual([[]]);
  });

  test('that lacks a column that only a filter uses is reported, since the filter treats the column as empty', () => {
    const other = { exportFields: ['$metrics'], filter: filterOn('server_port') };
    const { told, columns } = prepare(['server_port'], { other });
    expect(told).toEqual([['server_port']]);
    expect(columns).not.toContain('server_port');
  });
});
