import type { KubeObject } from '../../kube/kube-object.ts';
import type { ReflectorTarget } from '../../kube/reflector.ts';
import { RESOURCE_TYPES } from '../../kube/resource-type.ts';

/** The changes of all objects of a kind. */
export interface ReferenceChanges {
  isSynced(): boolean;
  readonly targets: readonly ReflectorTarget[];
}

/** What to do after changes. */
export interface ReferenceChangeHandlers {
  /** Called with the metadata of each object that was created, changed or deleted. */
  readonly onChange: (object: KubeObject) => void;
  /** Called when the watch begins, and when changes were missed: any object may have changed. */
  readonly onGap: () => void;
}

/**
 * Watches the metadata of all Secrets or ConfigMaps, because those that resources refer to do not have our labels. Nothing is
 * stored, and they are not listed: a cluster can have many, with large annotations. Their content is read when it is needed.
 */
export function createReferenceChanges(
  kind: 'secret' | 'configMap',
  namespaces: readonly (string | undefined)[],
  { onChange, onGap }: ReferenceChangeHandlers,
): ReferenceChanges {
  const watched = new Set<string | undefined>();
  const store: ReflectorTarget['store'] = {
    keep: (object) => object,
    expectList: () => undefined,
    replace: (_objects, namespace) => {
      watched.add(namespace);
      onGap();
    },
    put: onChange,
    remove: onChange,
  };
  const type = RESOURCE_TYPES[kind];
  return {
    isSynced: () => namespaces.every((namespace) => watched.has(namespace)),
    targets: namespaces.map((namespace) => ({
      selection: { type, metadataOnly: true, namespace },
      store,
      changesOnly: true,
    })),
  };
}
