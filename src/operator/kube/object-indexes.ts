import { keyOf, type KubeObject } from './kube-object.ts';

type Named = Parameters<typeof keyOf>[0];

/** Values with which an object is found, in addition to its key. */
export type Indexer<Item extends Named = KubeObject> = (object: Item) => readonly string[];

/** Keys of objects, by the values that indexers give to them. */
export interface ObjectIndexes<IndexName extends string, Item extends Named = KubeObject> {
  add(object: Item): void;
  /** Removes an object. It must be in the state in which it was added. */
  remove(object: Item): void;
  /** Keys of the objects with a value. */
  readonly keys: (name: IndexName, value: string) => readonly string[];
}

/** Empty indexes. */
export function createObjectIndexes<IndexName extends string, Item extends Named = KubeObject>(
  indexers: Readonly<Record<IndexName, Indexer<Item>>>,
): ObjectIndexes<IndexName, Item> {
  const indexes = Object.entries<Indexer<Item>>(indexers).map(([name, indexer]) => ({
    name,
    indexer,
    keysByValue: new Map<string, Set<string>>(),
  }));
  return {
    add: (object) => {
      for (const { indexer, keysByValue } of indexes) {
        for (const value of indexer(object)) {
          const keys = keysByValue.get(value) ?? new Set<string>();
          keysByValue.set(value, keys.add(keyOf(object)));
        }
      }
    },
    remove: (object) => {
      for (const { indexer, keysByValue } of indexes) {
        for (const value of indexer(object)) {
          const keys = keysByValue.get(value);
          keys?.delete(keyOf(object));
          if (keys?.size === 0) keysByValue.delete(value);
        }
      }
    },
    keys: (name, value) => [
      ...(indexes.find((each) => each.name === name)?.keysByValue.get(value) ?? []),
    ],
  };
}
