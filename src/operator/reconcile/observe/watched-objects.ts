import { OWNED_SELECTOR } from '../../desired/labels.ts';
import { keyOf, type KubeObject } from '../../kube/kube-object.ts';
import { createObjectStore, type ObjectStore } from '../../kube/object-store.ts';
import type { ReflectorTarget } from '../../kube/reflector.ts';
import { RESOURCE_TYPES, type ResourceType } from '../../kube/resource-type.ts';
import {
  instanceOfLabels,
  instanceOfResource,
  ownerKey,
  ownerUid,
  managedFieldsOfSpec,
  referenceKey,
  referencesOfResource,
  withoutManagedFields,
  workloadOfResource,
} from './indexing.ts';
import { targetsOf } from './reflector-targets.ts';
import { createSpecsInForce, type SpecsInForce } from './specs-in-force.ts';
import { createReferenceChanges, type ReferenceChanges } from './reference-changes.ts';
import { createWatchedPodMonitors } from './watched-pod-monitors.ts';
import { createWatchedPods } from './watched-pods.ts';

/** The last known state of all objects that the operator watches. */
export interface WatchedObjects {
  readonly resources: ObjectStore<'instance' | 'reference' | 'workload'>;
  /** Objects that the resource with this uid controls, without Secrets. */
  ownedBy(uid: string): readonly KubeObject[];
  /**
   * Pods of the Deployment that the resource with this uid controls. A pod with only the labels of the resource is not
   * among them.
   */
  podsOf(uid: string): readonly KubeObject[];
  /** ReplicaSets of the Deployment that the resource with this uid controls. */
  replicaSetsOf(uid: string): readonly KubeObject[];
  /** Whether the API server has the kind PodMonitor. */
  servesPodMonitors(): boolean;
  /** The specs by which the resources were reconciled. */
  readonly specs: SpecsInForce;
  /** Stores the answer to a write, so that the next reconciliation does not see an older state. */
  note(object: KubeObject): void;
  isSynced(): boolean;
  readonly targets: readonly ReflectorTarget[];
}

const OWNED_TYPES = [
  'configMap',
  'deployment',
  'horizontalPodAutoscaler',
  'networkPolicy',
  'podDisruptionBudget',
  'service',
  'serviceAccount',
] as const;

/**
 * Stores for all objects that the operator watches. A change only queues the keys of the resources that it concerns.
 *
 * @param namespaces the namespaces to watch; empty: all.
 */
export function createWatchedObjects(
  namespaces: readonly string[],
  enqueue: (key: string) => void,
): WatchedObjects {
  const scopes = namespaces.length === 0 ? [undefined] : namespaces;
  const enqueueOwner = (object: KubeObject, before: KubeObject = object): void => {
    for (const key of new Set([object, before].flatMap(ownerKey))) enqueue(key);
  };
  const resources = createObjectStore({
    namespaces: scopes,
    indexers: {
      instance: instanceOfResource,
      reference: referencesOfResource,
      workload: workloadOfResource,
    },
    keep: withoutManagedFields,
    onChange: (object) => {
      enqueue(keyOf(object));
      specs.assume(object);
    },
  });
  const enqueueInstance = (object: KubeObject): void => {
    for (const instance of instanceOfLabels(object)) {
      for (const key of resources.keysBy('instance', instance)) enqueue(key);
    }
  };
  const enqueueAll = (): void => {
    for (const key of resources.keys()) enqueue(key);
  };
  const pods = createWatchedPods(scopes, enqueueInstance);
  const specs = createSpecsInForce(resources, enqueue);
  const ownSecretOf = (key: string): readonly string[] => resources.keysBy('workload', key);
  const references = watchReferences(scopes, { enqueue, enqueueAll, ownSecretOf, specs });
  const podMonitors = createWatchedPodMonitors(scopes, {
    onChange: enqueueOwner,
    onServed: enqueueAll,
  });
  const owned = [...ownedStores(scopes, enqueueOwner), podMonitors];
  const ownedBy = (uid: string): KubeObject[] =>
    owned.flatMap(({ store }) => store.by('owner', uid));
  const deploymentsOf = (uid: string): KubeObject[] =>
    ownedBy(uid).filter(({ kind }) => kind === RESOURCE_TYPES.deployment.kind);
  return {
    resources,
    ownedBy,
    podsOf: (uid) => deploymentsOf(uid).flatMap(({ metadata }) => pods.ofDeployment(metadata.uid)),
    replicaSetsOf: (uid) =>
      deploymentsOf(uid).flatMap(({ metadata }) => pods.replicaSetsOf(metadata.uid)),
    servesPodMonitors: () => podMonitors.isServed(),
    specs,
    note: (object) => {
      if (object.kind === RESOURCE_TYPES.kafkaExporter.kind) resources.put(object);
      owned.find(({ type }) => type.kind === object.kind)?.store.put(object);
    },
    isSynced: () =>
      [resources, pods, ...references, ...owned.map(({ store }) => store)].every((store) =>
        store.isSynced(),
      ),
    targets: [
      ...targetsOf(scopes, { type: RESOURCE_TYPES.kafkaExporter }, resources),
      ...references.flatMap(({ targets }) => targets),
      ...pods.targets,
      ...owned.flatMap(({ targets }) => targets),
    ],
  };
}

/** The changes of Secrets, which resources refer to or own, and of ConfigMaps, which they refer to. */
function watchReferences(
  scopes: readonly (string | undefined)[],
  handlers: {
    readonly enqueue: (key: string) => void;
    readonly enqueueAll: () => void;
    /** The resource whose Secret has a key. Somebody may have removed its owner and its labels. */
    readonly ownSecretOf: (key: string) => readonly string[];
    readonly specs: Pick<SpecsInForce, 'referring'>;
  },
): ReferenceChanges[] {
  const enqueueReferring = (kind: 'Secret' | 'ConfigMap', object: KubeObject): void => {
    for (const key of handlers.specs.referring(referenceKey(kind, keyOf(object))))
      handlers.enqueue(key);
  };
  const onGap = handlers.enqueueAll;
  const secrets = createReferenceChanges('secret', scopes, {
    onChange: (object) => {
      for (const key of handlers.ownSecretOf(keyOf(object))) handlers.enqueue(key);
      enqueueReferring('Secret', object);
    },
    onGap,
  });
  const configMaps = createReferenceChanges('configMap', scopes, {
    onChange: (object) => {
      enqueueReferring('ConfigMap', object);
    },
    onGap,
  });
  return [secrets, configMaps];
}

interface OwnedStore {
  readonly type: ResourceType;
  readonly store: ObjectStore<'owner'>;
  readonly targets: readonly ReflectorTarget[];
}

function ownedStores(
  namespaces: readonly (string | undefined)[],
  onChange: (object: KubeObject, before?: KubeObject) => void,
): OwnedStore[] {
  return OWNED_TYPES.map((name) => {
    const type = RESOURCE_TYPES[name];
    const indexers = { owner: ownerUid };
    const store = createObjectStore({ namespaces, indexers, keep: managedFieldsOfSpec, onChange });
    const metadataOnly = name === 'configMap';
    const selection = { type, labelSelector: OWNED_SELECTOR, metadataOnly };
    return { type, store, targets: targetsOf(namespaces, selection, store) };
  });
}
