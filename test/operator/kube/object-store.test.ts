import { describe, expect, it } from 'vitest';
import { type KubeObject, kubeObject } from '../../../src/operator/kube/kube-object.ts';
import { createObjectStore, type ObjectStore } from '../../../src/operator/kube/object-store.ts';

function object(name: string, uid: string, resourceVersion: string): KubeObject {
  return kubeObject.parse({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'n', uid, resourceVersion, labels: { app: uid } },
  });
}

function open(namespaces: readonly (string | undefined)[] = [undefined]): {
  store: ObjectStore<'app'>;
  changes: string[];
} {
  const changes: string[] = [];
  const store = createObjectStore({
    namespaces,
    indexers: { app: ({ metadata }) => [metadata.labels?.['app'] ?? ''] },
    onChange: ({ metadata }) => {
      changes.push(`${metadata.name} ${metadata.uid}`);
    },
  });
  return { store, changes };
}

describe('an object store', () => {
  it('distinguishes a recreated object from a changed one by its uid', () => {
    const { store, changes } = open();
    store.replace([object('a', '1', '1')], undefined);
    store.replace([object('a', '2', '5')], undefined);
    expect(changes).toEqual(['a 1', 'a 1', 'a 2']);
    expect(store.by('app', '1')).toEqual([]);
    expect(store.by('app', '2')).toHaveLength(1);
  });

  it('ignores a state that it has already, and older states', () => {
    const { store, changes } = open();
    store.put(object('a', '1', '10'));
    store.put(object('a', '1', '10'));
    store.put(object('a', '1', '9'));
    expect(changes).toEqual(['a 1']);
  });

  it('does not remove a recreated object when its predecessor is deleted', () => {
    const { store } = open();
    store.put(object('a', '2', '5'));
    store.remove(object('a', '1', '3'));
    expect(store.get('n/a')?.metadata.uid).toBe('2');
  });

  it('stores an object again that has lost the labels of the watch, and has them back', () => {
    const { store, changes } = open();
    store.put(object('a', '1', '3'));
    store.remove(object('a', '1', '5'));
    store.put(object('a', '1', '6'));
    store.put(object('a', '1', '7'));
    expect(store.get('n/a')?.metadata.resourceVersion).toBe('7');
    expect(changes).toEqual(['a 1', 'a 1', 'a 1', 'a 1']);
  });

  it('does not store an object again when an answer arrives after its deletion', () => {
    const { store, changes } = open();
    store.put(object('a', '1', '3'));
    store.remove(object('a', '1', '5'));
    store.put(object('a', '1', '4'));
    store.put(object('a', '2', '6'));
    store.put(object('a', '1', '4'));
    expect(store.get('n/a')?.metadata.uid).toBe('2');
    expect(changes).toEqual(['a 1', 'a 1', 'a 2']);
  });

  it('stores an object that a list did not have yet', () => {
    const { store } = open();
    store.put(object('a', '1', '7'));
    store.replace([], undefined);
    store.put(object('a', '1', '7'));
    expect(store.size()).toBe(1);
  });

  it('takes every state of a new list, even an older one, as after an etcd restored from a backup', () => {
    const { store, changes } = open();
    store.replace([object('a', '1', '900'), object('b', '2', '910')], undefined);
    store.put(object('a', '1', '950'));
    store.remove(object('b', '2', '960'));
    store.replace([object('a', '1', '30'), object('b', '2', '31')], undefined);
    expect(store.get('n/a')?.metadata.resourceVersion).toBe('30');
    expect(store.get('n/b')?.metadata.resourceVersion).toBe('31');
    store.put(object('a', '1', '32'));
    expect(store.get('n/a')?.metadata.resourceVersion).toBe('32');
    expect(changes).toEqual(['a 1', 'b 2', 'a 1', 'b 2', 'a 1', 'b 2', 'a 1']);
  });

  it('keeps the answers to writes that arrived while a list was under way, and nothing older', () => {
    const { store, changes } = open();
    store.replace([object('a', '1', '5'), object('b', '2', '6'), object('c', '3', '7')], undefined);
    store.put(object('c', '3', '20'));
    store.expectList(undefined);
    store.put(object('a', '1', '30'));
    store.put(object('new', '4', '31'));
    changes.length = 0;
    store.replace([object('a', '1', '5'), object('b', '2', '6'), object('c', '3', '7')], undefined);
    expect(store.get('n/a')?.metadata.resourceVersion).toBe('30');
    expect(store.get('n/new')?.metadata.resourceVersion).toBe('31');
    expect(store.get('n/c')?.metadata.resourceVersion).toBe('7');
    expect(changes).toEqual(['c 3']);
    store.replace([], undefined);
    expect(store.keys()).toEqual([]);
  });

  it('takes the state of a list that is newer than the answer to a write', () => {
    const { store } = open();
    store.expectList(undefined);
    store.put(object('a', '1', '30'));
    store.replace([object('a', '1', '31')], undefined);
    expect(store.get('n/a')?.metadata.resourceVersion).toBe('31');
  });

  it('does not report an object that is the same in a new list', () => {
    const { store, changes } = open();
    store.replace([object('a', '1', '5')], undefined);
    store.replace([object('a', '1', '5')], undefined);
    expect(changes).toEqual(['a 1']);
  });

  it('is synced when every namespace was listed, and replaces one namespace at a time', () => {
    const { store } = open(['n', 'm']);
    store.replace([object('a', '1', '1')], 'n');
    expect(store.isSynced()).toBe(false);
    store.replace([], 'm');
    expect([store.isSynced(), store.size()]).toEqual([true, 1]);
  });
});
