/**
 * The world that the generated rows speak of: a small cloud with two Kubernetes clusters. Every resource
 * follows from a pod's number, so that rows and dictionaries agree without a table of their own.
 * Expressions are ClickHouse SQL; `pod` stands for an expression of the pod's number, 0 for "no pod".
 */
export const PODS = 240;
/** Pods above this number have no name in the dictionaries, as deleted ones have none. */
const NAMED_PODS = 220;

/** The VPC of everything in the clusters, and DeepFlow's number for "the internet". */
const CLUSTER_EPC = 7;
const INTERNET_EPC = -2;

/** DeepFlow's numbers of resource types. */
const TYPE = {
  internet: 0,
  host: 1,
  pod: 10,
  podNode: 14,
  service: 102,
  firstWorkload: 130,
  ip: 255,
};

/** A resource's column for one side of a call, without the side's suffix. */
export const RESOURCE_COLUMNS: Readonly<Record<string, (pod: string) => string>> = {
  region_id: (pod) => `1 + ${pod} % 2`,
  az_id: (pod) => `1 + ${pod} % 3`,
  host_id: (pod) => ifPod(pod, `1 + ${pod} % 5`, '0'),
  l3_device_type: (pod) =>
    ifPod(pod, `${TYPE.podNode}`, `if(n % 2 = 0, ${TYPE.host}, ${TYPE.internet})`),
  l3_device_id: (pod) => ifPod(pod, nodeOf(pod), 'if(n % 2 = 0, 1 + n % 20, 0)'),
  pod_node_id: (pod) => ifPod(pod, nodeOf(pod), '0'),
  host_node_id: (pod) => ifPod(pod, nodeOf(pod), '0'),
  pod_ns_id: (pod) => ifPod(pod, `1 + ${pod} % 8`, '0'),
  pod_group_id: (pod) => ifPod(pod, groupOf(pod), '0'),
  pod_id: (pod) => pod,
  pod_cluster_id: (pod) => ifPod(pod, `1 + ${pod} % 2`, '0'),
  l3_epc_id: (pod) => ifPod(pod, `${CLUSTER_EPC}`, `${INTERNET_EPC}`),
  epc_id: (pod) => ifPod(pod, `${CLUSTER_EPC}`, `${INTERNET_EPC}`),
  subnet_id: (pod) => ifPod(pod, `1 + ${pod} % 16`, '0'),
  service_id: (pod) => `if(${hasService(pod)}, 1 + ${pod} % 40, 0)`,
  auto_instance_id: (pod) => pod,
  auto_instance_type: (pod) =>
    ifPod(pod, `${TYPE.pod}`, `if(n % 3 = 0, ${TYPE.ip}, ${TYPE.internet})`),
  auto_service_id: (pod) =>
    `if(${hasService(pod)}, 1 + ${pod} % 40, ${ifPod(pod, groupOf(pod), '0')})`,
  auto_service_type: (pod) =>
    `multiIf(${pod} = 0, if(n % 3 = 0, ${TYPE.ip}, ${TYPE.internet}), ${hasService(pod)}, ${TYPE.service}, ${TYPE.firstWorkload} + ${groupOf(pod)} % 6)`,
  gprocess_id: (pod) => `if(${pod} % 4 = 1, 9000 + ${pod}, 0)`,
  process_id: (pod) => `toInt32(1000 + ${pod})`,
  process_kname: (pod) => `['nginx', 'java', 'node', 'python3', ''][1 + ${pod} % 5]`,
  ip4: (pod) =>
    `if(is_v6, toIPv4('0.0.0.0'), CAST(toUInt32(${IPV4_POD_NETWORK} + ${pod} * 3 + n % 3) AS IPv4))`,
  ip6: (pod) =>
    `if(is_v6, toIPv6(concat('fd00:10:244::', lower(hex(toUInt16(${pod} + 1))))), toIPv6('::'))`,
  tag_source: () => '2',
};

/** 10.244.0.0 */
const IPV4_POD_NETWORK = 0x0a_f4_00_00;

/** Rows of a dictionary: the columns that are filled, and the `SELECT` that makes them. */
interface DictionaryRows {
  readonly columns: string;
  readonly select: string;
}

/** Rows of the dictionaries of `flow_tag`, by dictionary. */
export const DICTIONARY_ROWS: Readonly<Record<string, DictionaryRows>> = {
  region_map: named(2, "['cn-beijing', 'cn-shanghai'][id]"),
  az_map: named(3, "concat('zone-', toString(id))"),
  l3_epc_map: { columns: 'id, name', select: `SELECT ${CLUSTER_EPC}, 'vpc-prod'` },
  subnet_map: named(16, "concat('subnet-', toString(id))"),
  pod_cluster_map: named(2, "['k8s-prod', 'k8s-数据'][id]"),
  pod_ns_map: named(
    8,
    "['prod', 'infra', 'kube-system', 'monitoring', 'payment', 'shop', 'search', 'data'][id]",
  ),
  pod_node_map: named(12, "concat('worker-', toString(id))"),
  pod_group_map: {
    columns: 'id, name, pod_group_type',
    select: `SELECT number, concat('workload-', toString(number)), ${TYPE.firstWorkload} + number % 6 FROM numbers(1, 61)`,
  },
  pod_map: named(
    NAMED_PODS,
    "concat('workload-', toString(1 + intDiv(id, 4)), '-', lower(hex(toUInt16(cityHash64(id)))))",
  ),
  gprocess_map: {
    columns: 'id, name',
    select: `SELECT 9000 + number, ['nginx', 'java \"quoted\"', 'node'][1 + number % 3] FROM numbers(1, ${NAMED_PODS})`,
  },
  vtap_map: named(12, "concat('worker-', toString(id), '-W', toString(id))"),
  chost_map: named(20, "concat('vm-', toString(id))"),
  pod_service_map: named(40, "concat('service-', toString(id))"),
  device_map: {
    columns: 'devicetype, deviceid, name',
    select: [
      devices(TYPE.host, 20, "concat('vm-', toString(id))"),
      devices(6, 5, "concat('kvm-', toString(id))"),
      devices(
        TYPE.pod,
        NAMED_PODS,
        "concat('workload-', toString(1 + intDiv(id, 4)), '-', lower(hex(toUInt16(cityHash64(id)))))",
      ),
      devices(11, 40, "concat('service-', toString(id))"),
      devices(TYPE.podNode, 12, "concat('worker-', toString(id))"),
      devices(TYPE.service, 40, "concat('service-', toString(id))"),
      ...Array.from({ length: 6 }, (_, i) =>
        devices(TYPE.firstWorkload + i, 61, "concat('workload-', toString(id))"),
      ),
    ].join(' UNION ALL '),
  },
  pod_k8s_label_map: {
    columns: 'id, key, value',
    select: `SELECT number AS id, arrayJoin(['app', 'version']) AS key, if(key = 'app', concat('app-', toString(number % 9)), 'v\"2\"') AS value FROM numbers(1, ${NAMED_PODS})`,
  },
  pod_k8s_labels_map: {
    columns: 'id, labels',
    select: `SELECT number AS id, toJSONString(map('app', concat('app-', toString(number % 9)), 'version', 'v\"2\"')) AS labels FROM numbers(1, ${NAMED_PODS})`,
  },
};

function ifPod(pod: string, then: string, otherwise: string): string {
  return `if(${pod} > 0, ${then}, ${otherwise})`;
}

function nodeOf(pod: string): string {
  return `1 + ${pod} % 12`;
}

function groupOf(pod: string): string {
  return `(1 + intDiv(${pod}, 4))`;
}

function hasService(pod: string): string {
  return `${pod} % 3 = 1`;
}

function named(count: number, name: string): DictionaryRows {
  const select = `SELECT id, ${name} FROM (SELECT number + 1 AS id FROM numbers(${count}))`;
  return { columns: 'id, name', select };
}

function devices(type: number, count: number, name: string): string {
  return `SELECT toUInt64(${type}) AS devicetype, id AS deviceid, ${name} AS name FROM (SELECT number + 1 AS id FROM numbers(${count}))`;
}
