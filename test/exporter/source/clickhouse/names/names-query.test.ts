import { expect, test } from 'vitest';
import {
  devicesQuery,
  labelsQuery,
  namesQuery,
} from '../../../../../src/exporter/source/clickhouse/names/names-query.ts';

const request = { organization: 1, entries: 10 };
const NAMES =
  'toUInt64(id) AS id_, toUInt64(0) AS type_, CAST(name AS String) AS name_ FROM `flow_tag`.`pod_map`';
const LABELS =
  'SELECT toUInt64(id) AS id_, CAST(key AS String) AS name_, CAST(value AS String) AS value_ FROM `flow_tag`.`pod_k8s_label_map`';
const END = ' ORDER BY 1 DESC, 2, 3 LIMIT 11';

test.each([
  ['names', namesQuery('pod_map', request), `SELECT ${NAMES}${END}`],
  [
    'names of another organisation',
    namesQuery('pod_map', { ...request, organization: 12 }),
    `SELECT ${NAMES.replace('flow_tag', '0012_flow_tag')}${END}`,
  ],
  [
    'names and types of workloads',
    namesQuery('pod_group_map', request),
    `SELECT toUInt64(id) AS id_, toUInt64(pod_group_type) AS type_, CAST(name AS String) AS name_ FROM \`flow_tag\`.\`pod_group_map\`${END}`,
  ],
  [
    'devices',
    devicesQuery(request),
    `SELECT toUInt64(deviceid) AS id_, toUInt64(devicetype) AS type_, CAST(name AS String) AS name_ FROM \`flow_tag\`.\`device_map\`${END}`,
  ],
  [
    'all labels',
    labelsQuery({ all: true, names: new Set(['app']), patterns: [] }, request),
    `${LABELS} WHERE 1${END}`,
  ],
  [
    'labels by name and pattern, none of which can leave its quotes',
    labelsQuery({ all: false, names: new Set(["a'b"]), patterns: ["^it's\\."] }, request),
    `${LABELS} WHERE (key IN ('a\\'b') OR match(key, '[^\\\\s\\\\S]|(?-s)^it\\'s\\\\.'))${END}`,
  ],
])('a query reads %s', (_name, query, expected) => {
  expect(query).toBe(expected);
});
