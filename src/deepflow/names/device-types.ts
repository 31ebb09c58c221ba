/**
 * DeepFlow's names of resource types by number, as in the querier (`flow_tag.node_type_map`).
 * DeepFlow's own exporter knows only the types up to 16, and 101, 102, 120 and 255 (a defect of its
 * table, server/ingester/exporters/universal_tag).
 */
export const DEVICE_TYPES: ReadonlyMap<number, string> = new Map([
  [0, 'internet_ip'],
  [1, 'chost'],
  [5, 'router'],
  [6, 'host'],
  [9, 'dhcpgw'],
  [10, 'pod'],
  [11, 'pod_service'],
  [12, 'redis'],
  [13, 'rds'],
  [14, 'pod_node'],
  [15, 'lb'],
  [16, 'natgw'],
  [101, 'pod_group'],
  [102, 'service'],
  [103, 'pod_cluster'],
  [104, 'biz_service'],
  [105, 'custom_biz_service'],
  [120, 'gprocess'],
  [130, 'pod_group'],
  [131, 'pod_group'],
  [132, 'pod_group'],
  [133, 'pod_group'],
  [134, 'pod_group'],
  [135, 'pod_group'],
  [255, 'ip'],
]);

/** The types for which DeepFlow's own exporter has no name. */
export const UNNAMED_BY_DEEPFLOW: ReadonlySet<number> = new Set([
  103, 104, 105, 130, 131, 132, 133, 134, 135,
]);

/** The types whose resources have only an address as name. */
export const ADDRESS_TYPES: ReadonlySet<number> = new Set([0, 255]);

/** The numbers of the types under which `device_map` holds hosts and services. */
export const HOST_TYPE = 6;
export const SERVICE_TYPE = 102;
