import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NameTables } from '../../../src/exporter/encode/values/name-tables.ts';
import { createBatchReader } from '../../../src/exporter/source/clickhouse/rows/read-batches.ts';
import {
  compileNamesReader,
  type NamesOptions,
  type NamesReading,
  NOTHING_READ,
} from '../../../src/exporter/source/clickhouse/names/read-names.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema } from '../../harness/generator/generate.ts';
import { dictionaryStatements } from '../../harness/generator/tables.ts';
import { clickHouseAt } from '../../exporter/source/clickhouse/clickhouse-at.ts';

let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startClickHouse();
  await createSchema(clickHouse);
  // Entries that are hard on whoever reads them.
  await clickHouse.query(
    String.raw`INSERT INTO flow_tag.device_map_rows (devicetype, deviceid, name) VALUES (1, 4294967295, 'last'), (1, 4294967296, 'beyond'), (300, 1, 'no type'), (1, 77, ''), (1, 78, 'a "b" \\ \n 多语言')`,
  );
  await clickHouse.query(
    String.raw`INSERT INTO flow_tag.pod_k8s_label_map_rows (id, key, value) VALUES (1, 'it''s \\ "so"', '\n'), (1, 'a.b/c', ''), (500001, 'far', 'pod')`,
  );
  await clickHouse.query('CREATE DATABASE 0002_flow_tag');
  for (const statement of dictionaryStatements()) {
    await clickHouse.query(statement.replaceAll('flow_tag', '0002_flow_tag'));
  }
  await clickHouse.query("INSERT INTO 0002_flow_tag.pod_map_rows (id, name) VALUES (1, 'theirs')");
  await clickHouse.query(
    String.raw`INSERT INTO 0002_flow_tag.pod_k8s_label_map_rows (id, key, value) VALUES (7, 'image', 'registry:5000/a:1, b: c'), (7, 'a:b, c', '"\\n"')`,
  );
  await clickHouse.query('DROP DICTIONARY 0002_flow_tag.region_map');
  await clickHouse.query(
    "INSERT INTO 0002_flow_tag.pod_ns_map_rows (id, name) VALUES (1, 'first'), (500000, 'too far')",
  );
});
afterAll(() => clickHouse.stop());

function read(
  options: Partial<NamesOptions> = {},
  before: NameTables = NOTHING_READ.tables,
): Promise<NamesReading> {
  const readNames = compileNamesReader(createBatchReader(clickHouseAt(clickHouse)), {
    organization: 1,
    labels: undefined,
    ...options,
  });
  return readNames(before, new AbortController().signal);
}

const text = (json: Buffer | undefined): string | undefined => json?.toString();

describe('names read from ClickHouse', () => {
  test('are those of every dictionary, as JSON', async () => {
    const { tables, failures, cut, skipped } = await read();
    expect({ failures, cut, skipped }).toEqual({ failures: [], cut: [], skipped: 2 });
    const { byId, devices, workloadTypes, labels } = tables;
    expect(Object.entries(byId).map(([name, { size }]) => [name, size])).toEqual([
      ['region_map', 2],
      ['az_map', 3],
      ['pod_node_map', 12],
      ['pod_ns_map', 8],
      ['pod_group_map', 61],
      ['pod_map', 220],
      ['pod_cluster_map', 2],
      ['l3_epc_map', 1],
      ['subnet_map', 16],
      ['gprocess_map', 220],
      ['vtap_map', 12],
    ]);
    expect(text(byId.pod_cluster_map.get(2))).toBe('"k8s-数据"');
    expect(text(byId.gprocess_map.get(9001))).toBe('"java \\"quoted\\""');
    expect(text(devices.get(6)?.get(3))).toBe('"kvm-3"');
    expect(text(devices.get(1)?.get(4_294_967_295))).toBe('"last"');
    expect(text(devices.get(1)?.get(78))).toBe('"a \\"b\\" \\\\ \\n 多语言"');
    expect(devices.get(1)?.has(77)).toBe(false);
    expect([...workloadTypes].filter(([id]) => id <= 3).sort()).toEqual([
      [1, 131],
      [2, 132],
      [3, 133],
    ]);
    expect(labels.size).toBe(0);
  });

  test.each([
    [
      'all labels, by name',
      { all: true, names: new Set<string>(), patterns: [] },
      221,
      '["a.b/c","app","it\'s \\\\ \\"so\\"","version"]',
      '["","app-1","\\n","v\\"2\\""]',
    ],
    [
      'labels of the selected names',
      { all: false, names: new Set(['version', 'it\'s \\ "so"']), patterns: [] },
      220,
      '["it\'s \\\\ \\"so\\"","version"]',
      '["\\n","v\\"2\\""]',
    ],
    [
      'labels whose names match a pattern somewhere, and those named',
      { all: false, names: new Set(['app']), patterns: ['^v.r', '\\.b/'] },
      220,
      '["a.b/c","app","version"]',
      '["","app-1","v\\"2\\""]',
    ],
  ])('hold %s', async (_name, selection, pods, names, values) => {
    const { tables, failures } = await read({ labels: selection });
    expect(failures).toEqual([]);
    expect(tables.labels.size).toBe(pods);
    const labels = tables.labels.get(1);
    expect([text(labels?.names), text(labels?.values)]).toEqual([names, values]);
  });

  test('hold labels whole, whatever colons, commas and quotes they have', async () => {
    const labels = { all: true, names: new Set<string>(), patterns: [] };
    const { tables } = await read({ labels, organization: 2 });
    const found = tables.labels.get(7);
    expect(JSON.parse(text(found?.names) ?? '')).toEqual(['a:b, c', 'image']);
    expect(JSON.parse(text(found?.values) ?? '')).toEqual(['"\\n"', 'registry:5000/a:1, b: c']);
  });

  test('hold no labels, and say why, when a pattern is none', async () => {
    const labels = { all: false, names: new Set<string>(), patterns: ['('] };
    const { tables, failures } = await read({ labels });
    expect(tables.labels.size).toBe(0);
    expect(tables.byId.pod_map.size).toBe(220);
    expect(failures.map(({ dictionary }) => dictionary)).toEqual(['pod_k8s_label_map']);
    expect(failures[0]?.problem.message).toContain('label pattern that RE2 cannot compile');
  });

  test('are an organisation’s own, and a missing or broken dictionary spoils no other', async () => {
    const { tables, failures } = await read({ organization: 2 });
    expect(text(tables.byId.pod_map.get(1))).toBe('"theirs"');
    expect(failures.map(({ dictionary, problem }) => [dictionary, problem.reason])).toEqual([
      ['region_map', 'TableMissing'],
      ['pod_ns_map', 'ClickHouseError'],
    ]);
    const [missing, broken] = failures.map(({ problem }) => problem.message);
    expect(missing).toContain('dictionary 0002_flow_tag.region_map does not exist');
    expect(broken).toContain('LAYOUT(FLAT(MAX_ARRAY_SIZE');
  });

  test('are the same bytes again while they do not change, and those of the last good reading after a failure', async () => {
    const labels = { all: true, names: new Set<string>(), patterns: [] };
    const first = await read({ labels });
    const second = await read({ labels }, first.tables);
    expect(second.tables.byId.pod_map.get(5)).toBe(first.tables.byId.pod_map.get(5));
    expect(second.tables.devices.get(6)?.get(3)).toBe(first.tables.devices.get(6)?.get(3));
    expect(second.tables.labels.get(1)?.values).toBe(first.tables.labels.get(1)?.values);
    const third = await read({ organization: 2 }, first.tables);
    expect(third.tables.byId.region_map).toBe(first.tables.byId.region_map);
    expect(third.tables.byId.az_map.size).toBe(0);
  });

  test('are those of the highest ids when there are too many, which is said', async () => {
    const labels = { all: true, names: new Set<string>(), patterns: [] };
    const { tables, cut } = await read({ labels, entriesMax: 10 });
    expect(cut).toContain('pod_map');
    expect(cut).not.toContain('pod_ns_map');
    expect([...tables.byId.pod_map.keys()]).toEqual(Array.from({ length: 10 }, (_, i) => 220 - i));
    // One label of the farthest pod, four pods with two, and one of which the rest may be cut off.
    expect([...tables.labels.keys()]).toEqual([500_001, 220, 219, 218, 217]);
  });
});
