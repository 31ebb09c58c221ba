import { keyOf, type KubeObject, kubeObject } from './kube-object.ts';
import { createObjectIndexes, type Indexer } from './object-indexes.ts';
import { isOlderVersion } from './resource-version.ts';

/** The last known state of the selected objects. */
export interface ObjectStore<IndexName extends string> {
  /** False until the first list of every namespace has arrived. Until then, a missing object may exist. */
  isSynced(): boolean;
  /** The object `namespace/name`. */
  get(key: string): KubeObject | undefined;
  by(index: IndexName, value: string): readonly KubeObject[];
  /** Keys of the objects that `by` would return. */
  keysBy(index: IndexName, value: string): readonly string[];
  /** The part of an object that is stored. */
  readonly keep: (object: KubeObject) => KubeObject;
  size(): number;
  keys(): readonly string[];
  /** Says that a list is asked for. What `put` stores from now on stays when `replace` has an older state, or none. */
  expectList(namespace: string | undefined): void;
  /**
   * Replaces all objects, or all objects of one namespace, with a complete list. States of the list are stored even if they are
   * older: the etcd may have been restored from a backup. Only answers to writes during the list stay, if they are newer.
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
  /** Called with each object that was created, changed or deleted, and with its state before a change. */
  readonly onChange: (object: KubeObject, before?: KubeObject) => void;
}

/** Enough that no write is still unanswered when its object is dropped from this list. */
const GONE_MAX = 10_000;

/**
 * A store with indexes. Objects are stored as JSON, which needs a fifth of the memory, and parsed when they are read. If an
 * object was deleted and created again between two events, its uid shows this, and `onChange` is called twice: with the deleted
 * object and with the new one.
 */
export function createObjectStore<IndexName extends string>(
  options: ObjectStoreOptions<IndexName>,
): ObjectStore<IndexName> {
  const objects = new Map<string, Stored>();
  const keep = options.keep ?? ((object: KubeObject): KubeObject => object);
  const indexes = createObjectIndexes(options.indexers);
  const listed = new Set<string | undefined>();
  /** For each list that is under way, the keys of the objects that were put meanwhile. */
  const answered = new Map<string | undefined, Set<string>>();
  const deletions = createDeletions();

  function drop(key: string, stored: Stored): void {
    const object = unpacked(stored);
    objects.delete(key);
    indexes.remove(object);
    options.onChange(object);
  }

  function store(incoming: KubeObject): void {
    const key = keyOf(incoming);
    const stored = objects.get(key);
    if (stored !== undefined && isSame(stored, incoming)) return;
    const isAnother = stored !== undefined && stored.uid !== incoming.metadata.uid;
    if (isAnother) drop(key, stored);
    const before = stored === undefined || isAnother ? undefined : unpacked(stored);
    if (before !== undefined) indexes.remove(before);
    const object = keep(incoming);
    objects.set(key, packed(object));
    indexes.add(object);
    options.onChange(object, before);
  }

  function put(incoming: KubeObject): void {
    if (deletions.include(incoming)) return;
    const key = keyOf(incoming);
    for (const keys of answered.values()) keys.add(key);
    const before = objects.get(key);
    if (before === undefined || !isNewer(before, incoming)) store(incoming);
  }

  return {
    isSynced: () => options.namespaces.every((namespace) => listed.has(namespace)),
    keep,
    get: (key) => found(objects, key),
    by: (name, value) => indexes.keys(name, value).flatMap((key) => found(objects, key) ?? []),
    keysBy: indexes.keys,
    size: () => objects.size,
    keys: () => [...objects.keys()],
    expectList: (namespace) => {
      answered.set(namespace, new Set());
    },
    replace: (list, namespace) => {
      const keys = new Set(list.map(keyOf));
      const kept = answered.get(namespace) ?? new Set();
      answered.delete(namespace);
      for (const [key, stored] of [...objects]) {
        const inScope = namespace === undefined || key.startsWith(`${namespace}/`);
        if (inScope && !keys.has(key) && !kept.has(key)) drop(key, stored);
      }
      listed.add(namespace);
      for (const object of list) {
        deletions.forget(object);
        const answer = kept.has(keyOf(object)) ? objects.get(keyOf(object)) : undefined;
        if (answer === undefined || !isNewer(answer, object)) store(object);
      }
    },
    put,
    remove: (object) => {
      deletions.add(object);
      const key = keyOf(object);
      const before = objects.get(key);
      if (before?.uid === object.metadata.uid) drop(key, before);
    },
  };
}

/** An object as it is stored. */
interface Stored {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly json: string;
}

function found(objects: ReadonlyMap<string, Stored>, key: string): KubeObject | undefined {
  const stored = objects.get(key);
  return stored && unpacked(stored);
}

/** The objects that were deleted last. */
interface Deletions {
  add(object: KubeObject): void;
  /**
   * Whether a state is from before the deletion of its object: the answer to a write may arrive after the event of the deletion. An
   * object with a newer version was not deleted. It had lost the labels of the watch, and has them back.
   */
  include(object: KubeObject): boolean;
  forget(object: KubeObject): void;
}

function createDeletions(): Deletions {
  const versions = new Map<string, string>();
  return {
    add: ({ metadata }) => {
      versions.set(metadata.uid, metadata.resourceVersion);
      const [oldest] = versions.keys();
      if (versions.size > GONE_MAX && oldest !== undefined) versions.delete(oldest);
    },
    include: ({ metadata }) => {
      const deletion = versions.get(metadata.uid);
      return deletion !== undefined && !isOlderVersion(deletion, metadata.resourceVersion);
    },
    forget: ({ metadata }) => {
      versions.delete(metadata.uid);
    },
  };
}

function packed(object: KubeObject): Stored {
  const { uid, resourceVersion } = object.metadata;
  return { uid, resourceVersion, json: JSON.stringify(object) };
}

function unpacked({ json }: Stored): KubeObject {
  return kubeObject.parse(JSON.parse(json));
}

function isSame(known: Stored, { metadata: incoming }: KubeObject): boolean {
  return known.uid === incoming.uid && known.resourceVersion === incoming.resourceVersion;
}

function isNewer(known: Stored, { metadata: incoming }: KubeObject): boolean {
  return (
    known.uid === incoming.uid && isOlderVersion(incoming.resourceVersion, known.resourceVersion)
  );
}
