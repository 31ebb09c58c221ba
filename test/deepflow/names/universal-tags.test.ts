import { expect, test } from 'vitest';
import { universalTagOf } from '../../../src/deepflow/names/universal-tags.ts';

test.each([
  ['region_id_0', { kind: 'names', dictionary: 'region_map' }, 0, 'region_0'],
  ['pod_id_1', { kind: 'names', dictionary: 'pod_map' }, 1, 'pod_1'],
  ['agent_id', { kind: 'names', dictionary: 'vtap_map' }, 0, 'agent'],
  ['host_id', { kind: 'device', type: 6 }, 0, 'host'],
  ['service_id_1', { kind: 'device', type: 102 }, 1, 'service_1'],
  ['l3_device_id_0', { kind: 'deviceOf', typeField: 'l3_device_type' }, 0, 'l3_device_0'],
  ['auto_service_id_1', { kind: 'auto', typeField: 'auto_service_type' }, 1, 'auto_service_1'],
  ['l3_device_type_1', { kind: 'type' }, 1, 'l3_device_type_1'],
  ['auto_instance_type', { kind: 'type' }, 0, 'auto_instance_type'],
])('%s is the field of a resource', (name, translation, side, nameKey) => {
  const tag = universalTagOf(name);
  expect(tag).toMatchObject({ translation, side });
  expect(tag?.nameKey(name)).toBe(nameKey);
});

test.each([
  '_id',
  'team_id',
  'org_id',
  'flow_id',
  'epc_id_0',
  'host_node_id',
  'pod_group_type_0',
  'trace_id',
  'constructor',
])('%s is not the field of a resource', (name) => {
  expect(universalTagOf(name)).toBeUndefined();
});
