import { HOST_TYPE, SERVICE_TYPE } from './device-types.ts';

/** Dictionaries of `flow_tag` that hold one name for each id. */
export const NAME_DICTIONARIES = [
  'region_map',
  'az_map',
  'pod_node_map',
  'pod_ns_map',
  'pod_group_map',
  'pod_map',
  'pod_cluster_map',
  'l3_epc_map',
  'subnet_map',
  'gprocess_map',
  'vtap_map',
] as const;

/** A dictionary of names by id. */
export type NameDictionary = (typeof NAME_DICTIONARIES)[number];

/**
 * How a resource's id or type becomes a name:
 * - `names`: by id, in a dictionary of its own
 * - `device`: by a fixed type and the id, in `device_map`
 * - `deviceOf`: by the type in another field and the id, in `device_map`
 * - `auto`: the same, or the address of its side when the type means an address
 * - `type`: the field holds the number of a type
 */
type Translation =
  | { readonly kind: 'names'; readonly dictionary: NameDictionary }
  | { readonly kind: 'device'; readonly type: number }
  | { readonly kind: 'deviceOf'; readonly typeField: string }
  | { readonly kind: 'auto'; readonly typeField: string }
  | { readonly kind: 'type' };

/** A field that holds a resource's id or type. */
export interface UniversalTag {
  readonly translation: Translation;
  /** The side to which the field belongs. Records with one side have only side 0. */
  readonly side: 0 | 1;
  /** The key of the name: the key of the id without `_id`. */
  readonly nameKey: (key: string) => string;
}

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  region: { kind: 'names', dictionary: 'region_map' },
  az: { kind: 'names', dictionary: 'az_map' },
  host: { kind: 'device', type: HOST_TYPE },
  l3_device_type: { kind: 'type' },
  l3_device: { kind: 'deviceOf', typeField: 'l3_device_type' },
  pod_node: { kind: 'names', dictionary: 'pod_node_map' },
  pod_ns: { kind: 'names', dictionary: 'pod_ns_map' },
  pod_group: { kind: 'names', dictionary: 'pod_group_map' },
  pod: { kind: 'names', dictionary: 'pod_map' },
  pod_cluster: { kind: 'names', dictionary: 'pod_cluster_map' },
  l3_epc: { kind: 'names', dictionary: 'l3_epc_map' },
  subnet: { kind: 'names', dictionary: 'subnet_map' },
  service: { kind: 'device', type: SERVICE_TYPE },
  gprocess: { kind: 'names', dictionary: 'gprocess_map' },
  agent: { kind: 'names', dictionary: 'vtap_map' },
  auto_instance_type: { kind: 'type' },
  auto_instance: { kind: 'auto', typeField: 'auto_instance_type' },
  auto_service_type: { kind: 'type' },
  auto_service: { kind: 'auto', typeField: 'auto_service_type' },
};

/**
 * The resource that a field refers to. Only the name of the field decides it: `<tag>` or
 * `<tag>_id`, each also with `_0` or `_1` (DeepFlow, server/ingester/exporters/universal_tag).
 * Undefined for every other field.
 */
export function universalTagOf(name: string): UniversalTag | undefined {
  const base = name.replace(/_[01]$/, '').replace(/_id$/, '');
  const translation = Object.hasOwn(TRANSLATIONS, base) ? TRANSLATIONS[base] : undefined;
  if (translation === undefined) return undefined;
  return {
    translation,
    side: name.endsWith('_1') ? 1 : 0,
    nameKey: (key) => key.replace('_id', ''),
  };
}
