import { keyOf, type KubeObject } from './kube-object.ts';

/** What an object is found by, besides its key; an object may have several values or none. */
type Indexer = (object: KubeObject) => readonly string[];

/** The last known state of a selection of objects. */
export interface ObjectStore<IndexName extends string> {
  /** False until every scope's first list has arrived; before, "not here" means nothing. */
  isSynced(): boolean;
  /** The object `namespace/name`. */
  get(key: string): KubeObject | undefined;
  by(index: IndexName, value: string): readonly KubeObject[];
  size(): number;
  keys(): readonly string[];
  /** Takes a whole list in place of everything, or of everything in one namespace. */
  replace(objects: readonly KubeObject[], namespace: string | undefined): void;
  /** Takes one object, unless a newer state of it is here already or it has gone. */
  put(object: KubeObject): void;
  /** Forgets an object, unless another one of its name is here already. */
  remove(object: KubeObject): void;
}

/** What a store is made with. */
export interface ObjectStoreOptions<IndexName extends string> {
  /** Namespaces whose lists arrive one by one; undefined: one list of all. */
  readonly namespaces: readonly (string | undefined)[];
  readonly indexers: Readonly<Record<IndexName, Indexer>>;
  /** What to keep of an object; the rest costs memory for nothing. */
  readonly keep?: (object: KubeObject) => KubeObject;
  /** Called with each object that came, changed or went. */
  readonly onChange: (object: KubeObject) => void;
}

/** Longer than any answer to a write is under way, however many objects go meanwhile. */
const GONE_MAX = 10_000;

/**
 * A store with indexes. An object that was deleted and made anew while nobody looked is told apart by its
 * uid and reported twice, as the one that went and the one that came.
 */
export function createObjectStore<IndexName extends string>(
  options: ObjectStoreOptions<IndexName>,
): ObjectStore<IndexName> {
  const objects = new Map<string, KubeObject>();
  const indexes = new Map<string, Map<string, Set<string>>>();
  const listed = new Set<string | undefined>();
  /** Uids of the objects that were deleted last: the answer to a write may come after the event of the deletion. */
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

  function put(incoming: KubeObject): void {
    if (gone.has(incoming.metadata.uid)) return;
    const key = keyOf(incoming);
    const before = objects.get(key);
    if (before !== undefined && isNewerOrSame(before, incoming)) return;
    if (before !== undefined && before.metadata.uid !== incoming.metadata.uid) drop(before);
    else if (before !== undefined) index(before, false);
    const object = options.keep?.(incoming) ?? incoming;
    objects.set(key, object);
    index(object, true);
    options.onChange(object);
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
      for (const object of list) put(object);
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

/** Resource versions grow with time and are decimal (KEP-5504). */
function isNewerOrSame(known: KubeObject, incoming: KubeObject): boolean {
  if (known.metadata.uid !== incoming.metadata.uid) return false;
  const [a, b] = [known.metadata.resourceVersion, incoming.metadata.resourceVersion];
  return a === b || (/^\d+$/.test(a) && /^\d+$/.test(b) && BigInt(a) > BigInt(b));
}
