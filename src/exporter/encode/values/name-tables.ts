import type { NameDictionary } from '../../../deepflow/names/universal-tags.ts';

/** A text as JSON, with its quotes. */
export function jsonText(text: string): Buffer {
  return Buffer.from(JSON.stringify(text));
}

/** The labels of a pod that a record contains, as JSON arrays of equal length and order. */
export interface PodLabels {
  readonly names: Buffer;
  readonly values: Buffer;
}

/**
 * The names of resources as JSON texts. New tables are made with each reading of the dictionaries.
 */
export interface NameTables {
  readonly byId: Readonly<Record<NameDictionary, ReadonlyMap<number, Buffer>>>;
  /** The names in `device_map`, by type and id. */
  readonly devices: ReadonlyMap<number, ReadonlyMap<number, Buffer>>;
  /** The type of a Kubernetes workload by its id. */
  readonly workloadTypes: ReadonlyMap<number, number>;
  /** The selected labels by the pod's id. Pods without a selected label are absent. */
  readonly labels: ReadonlyMap<number, PodLabels>;
}

/** The current names of resources. */
export interface NameWatch {
  tables(): NameTables;
}

/** Tables without a name. */
export const NO_NAMES: NameTables = {
  byId: {
    region_map: new Map(),
    az_map: new Map(),
    pod_node_map: new Map(),
    pod_ns_map: new Map(),
    pod_group_map: new Map(),
    pod_map: new Map(),
    pod_cluster_map: new Map(),
    l3_epc_map: new Map(),
    subnet_map: new Map(),
    gprocess_map: new Map(),
    vtap_map: new Map(),
  },
  devices: new Map(),
  workloadTypes: new Map(),
  labels: new Map(),
};
