import { keyOf, type KubeObject } from './kube-object.ts';
import { isOlderVersion } from './resource-version.ts';

/** Values with which an object is found, in addition to its key. */
type Indexer = (object: KubeObject) => readonly string[];

/** The last known state of the selected objects. */
export interface ObjectStore<IndexName extends string> {
  /** False until the first list of every namespace has arrived. Until then, a missing object may exist. */
  isSynced(): boolean;
  /** The object `namespace/name`. */
  get(key: string): KubeObject | undefined;
  by(index: IndexName, value: string): readonly KubeObject[];
  size(): number;
  keys(): readonly string[];
  /**
   * Replaces all objects, or all objects of one namespace, with a complete list. States of the list are stored even if they are
   * older: the etcd may have been restored from a backup. If a write was answered during the list, its watch brings the newer
   * state again.
   */
  replace(objects: readonly KubeObject[], namespace: string | undefined): void;
  /** Stores one object, unless a newer state is stored already or the object was removed. */
  put(object: KubeObject): void;
  /** Removes an object, unless another object with its name is stored already. */
  remove(object: KubeObject): void;
}

/** Options of a store. */
export interface ObjectStoreOptions<IndexName extends string> {
  /** Namespaces whose lists arrive separately; undefined: one list of all namespaces. */
  readonly namespaces: readonly (string | undefined)[];
  readonly indexers: Readonly<Record<IndexName, Indexer>>;
  /** The part of an object to store. The rest would only use memory. */
  readonly keep?: (object: KubeObject) => KubeObject;
  /** Called with each object that was created, changed or deleted. */
  readonly onChange: (object: KubeObject) => void;
}

/** Enough that no write is still unanswered when the uid of its object is dropped from this list. */
const GONE_MAX = 10_000;

/**
 * A store with indexes. If an object was deleted and created again between two events, its uid shows this, and `onChange`
 * is called twice: with the deleted object and with the new one.
 */
export function createObjectStore<IndexName extends string>(
  options: ObjectStoreOptions<IndexName>,
): ObjectStore<IndexName> {
  const objects = new Map<string, KubeObject>();
  const indexes = new Map<string, Map<string, Set<string>>>();
  const listed = new Set<string | undefined>();
  /** Uids of the objects that were deleted last. The answer to a write may arrive after the event of the deletion. */
  const gone = new Set<string>();

  function index(object: KubeObject, present: boolean): void {
    for (const [name, indexer] of Object.entries<Indexer>(options.indexers)) {
      const values = indexes.get(name) ?? new Map<string, Set<string>>();
      indexes.set(name, values);
      for (const value of indexer(object)) {
        const keys = values.get(value) ?? new Set<string>();
        if (present) keys.add(keyOf(object));
        else keys.delete(keyOf(object));
        if (keys.size === 0) values.delete(value);
        else values.set(value, keys);
      }
    }
  }

  function drop(object: KubeObject): void {
    objects.delete(keyOf(object));
    index(object, false);
    options.onChange(object);
  }

  function store(incoming: KubeObject): void {
    const key = keyOf(incoming);
    const before = objects.get(key);
    if (before !== undefined && isSame(before, incoming)) return;
    if (before !== undefined && before.metadata.uid !== incoming.metadata.uid) drop(before);
    else if (before !== undefined) index(before, false);
    const object = options.keep?.(incoming) ?? incoming;
    objects.set(key, object);
    index(object, true);
    options.onChange(object);
  }

  function put(incoming: KubeObject): void {
    if (gone.has(incoming.metadata.uid)) return;
    const before = objects.get(keyOf(incoming));
    if (before === undefined || !isNewer(before, incoming)) store(incoming);
  }

  return {
    isSynced: () => options.namespaces.every((namespace) => listed.has(namespace)),
    get: (key) => objects.get(key),
    by: (name, value) =>
      [...(indexes.get(name)?.get(value) ?? [])].flatMap((key) => objects.get(key) ?? []),
    size: () => objects.size,
    keys: () => [...objects.keys()],
    replace: (list, namespace) => {
      const keys = new Set(list.map(keyOf));
      for (const object of [...objects.values()]) {
        const inScope = namespace === undefined || object.metadata.namespace === namespace;
        if (inScope && !keys.has(keyOf(object))) drop(object);
      }
      listed.add(namespace);
      for (const object of list) {
        gone.delete(object.metadata.uid);
        store(object);
      }
    },
    put,
    remove: (object) => {
      gone.add(object.metadata.uid);
      const [oldest] = gone;
      if (gone.size > GONE_MAX && oldest !== undefined) gone.delete(oldest);
      const before = objects.get(keyOf(object));
      if (before !== undefined && before.metadata.uid === object.metadata.uid) drop(before);
    },
  };
}

function isSame({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  return a.uid === b.uid && a.resourceVersion === b.resourceVersion;
}

function isNewer({ metadata: known }: KubeObject, { metadata: incoming }: KubeObject): boolean {
  return (
    known.uid === incoming.uid && isOlderVersion(incoming.resourceVersion, known.resourceVersion)
  );
}
