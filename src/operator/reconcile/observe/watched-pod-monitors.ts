import { OWNED_SELECTOR } from '../../desired/labels.ts';
import type { KubeObject } from '../../kube/kube-object.ts';
import { createObjectStore, type ObjectStore } from '../../kube/object-store.ts';
import type { ReflectorTarget } from '../../kube/reflector.ts';
import { RESOURCE_TYPES, type ResourceType } from '../../kube/resource-type.ts';
import { ownerUid, managedFieldsOfSpec } from './indexing.ts';
import { targetsOf } from './reflector-targets.ts';

/** The PodMonitors of all resources. The cluster may have no Prometheus Operator, and so no such kind. */
export interface WatchedPodMonitors {
  readonly type: ResourceType;
  /** Empty while there is no such kind. */
  readonly store: ObjectStore<'owner'>;
  /** Whether the API server has the kind. */
  isServed(): boolean;
  readonly targets: readonly ReflectorTarget[];
}

/** What to do after changes. */
export interface PodMonitorHandlers {
  /** Called with the object, and with its state before a change. */
  readonly onChange: (object: KubeObject, before?: KubeObject) => void;
  /** Called when the API server has got the kind, or has it no longer. */
  readonly onServed: () => void;
}

/** A store for PodMonitors. They are watched only while the API server has the kind. */
export function createWatchedPodMonitors(
  namespaces: readonly (string | undefined)[],
  { onChange, onServed }: PodMonitorHandlers,
): WatchedPodMonitors {
  const type = RESOURCE_TYPES.podMonitor;
  const served = new Set<string | undefined>();
  const store = createObjectStore({
    namespaces,
    indexers: { owner: ownerUid },
    keep: managedFieldsOfSpec,
    onChange,
  });
  const note = (namespace: string | undefined, isServed: boolean): void => {
    if (isServed === served.has(namespace)) return;
    if (isServed) served.add(namespace);
    else served.delete(namespace);
    onServed();
  };
  return {
    type,
    store,
    isServed: () => served.size > 0,
    targets: targetsOf(namespaces, { type, labelSelector: OWNED_SELECTOR }, store).map(
      (target) => ({
        ...target,
        onServed: (isServed) => {
          note(target.selection.namespace, isServed);
        },
      }),
    ),
  };
}
