import type { NameDictionary } from '../../deepflow/universal-tags.ts';

/**
 * JSON that many records share, as bytes: the name of a code or of a resource. It remembers where it was last
 * written, so that the LZ4 writer can refer to that place.
 */
export class Snippet {
  readonly bytes: Buffer;
  /** Position of the last place in the uncompressed batch of `epoch`. */
  position = 0;
  /** Number of the batch that `position` is of. */
  epoch = -1;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/** A text as a snippet: a JSON string with its quotes. */
export function snippet(text: string): Snippet {
  return new Snippet(Buffer.from(JSON.stringify(text)));
}

/** The labels of a pod that a record shows, as JSON arrays of equal length and order. */
export interface PodLabels {
  readonly names: Snippet;
  readonly values: Snippet;
}

/** Names of resources, ready to be copied into a record; made anew with each reading of the dictionaries. */
export interface NameTables {
  readonly byId: Readonly<Record<NameDictionary, ReadonlyMap<number, Snippet>>>;
  /** Names in `device_map`, by type and id. */
  readonly devices: ReadonlyMap<number, ReadonlyMap<number, Snippet>>;
  /** Type of a Kubernetes workload by its id. */
  readonly workloadTypes: ReadonlyMap<number, number>;
  /** Selected labels by the pod's id; pods without one are absent. */
  readonly labels: ReadonlyMap<number, PodLabels>;
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
