import { expect, it } from 'vitest';
import { ownedLabels } from '../../../../src/operator/desired/labels.ts';
import { type KubeObject, kubeObject } from '../../../../src/operator/kube/kube-object.ts';
import { RESOURCE_TYPES } from '../../../../src/operator/kube/resource-type.ts';
import {
  createWatchedObjects,
  type WatchedObjects,
} from '../../../../src/operator/reconcile/observe/watched-objects.ts';

type Type = Exclude<keyof typeof RESOURCE_TYPES, 'event'>;

/** An object with the labels of the resource `l7`. Its controller has the uid `owner`. */
function object(type: Type, uid: string, owner?: string): KubeObject {
  const { apiVersion, kind } = RESOURCE_TYPES[type];
  const ownerReferences =
    owner === undefined ? [] : [{ apiVersion, kind, name: owner, uid: owner, controller: true }];
  return kubeObject.parse({
    apiVersion,
    kind,
    metadata: { name: uid, namespace: 'n', uid, labels: ownedLabels('l7'), ownerReferences },
  });
}

function receive(watched: WatchedObjects, type: Type, objects: readonly KubeObject[]): void {
  for (const { selection, store } of watched.targets) {
    if (selection.type === RESOURCE_TYPES[type]) store.replace(objects, undefined);
  }
}

it('the pods of a resource are those of the ReplicaSets of its Deployment, whatever their labels', () => {
  const queued: string[] = [];
  const watched = createWatchedObjects([], (key) => queued.push(key));
  const resource = object('kafkaExporter', 'r');
  receive(watched, 'kafkaExporter', [
    { ...resource, metadata: { ...resource.metadata, name: 'l7' } },
  ]);
  receive(watched, 'deployment', [object('deployment', 'd', 'r'), object('deployment', 'e', 's')]);
  receive(watched, 'pod', [
    object('pod', 'ours', 'x'),
    object('pod', 'of-another-deployment', 'y'),
    object('pod', 'of-a-forged-replica-set', 'z'),
    object('pod', 'without-a-controller'),
  ]);
  queued.length = 0;
  receive(watched, 'replicaSet', [
    object('replicaSet', 'x', 'd'),
    object('replicaSet', 'y', 'e'),
    object('replicaSet', 'z'),
  ]);
  expect(watched.podsOf('r').map(({ metadata }) => metadata.name)).toEqual(['ours']);
  expect(queued).toContain('n/l7');
});
