/** A map that keeps only the entries that were used last. */
export interface RecentMap<Key, Value> {
  /** The value of a key, which is made if there is none. The entry that was not used for the longest time makes room. */
  use(key: Key, make: () => Value): Value;
  size(): number;
}

/** An empty map for at most `entriesMax` entries. */
export function createRecentMap<Key, Value>(entriesMax: number): RecentMap<Key, Value> {
  const entries = new Map<Key, { readonly value: Value }>();
  return {
    use: (key, make) => {
      const entry = entries.get(key) ?? { value: make() };
      // A Map iterates in the order of insertion, so the first entry is the one that was not used for the longest time.
      entries.delete(key);
      entries.set(key, entry);
      const [oldest] = entries.keys();
      if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
      return entry.value;
    },
    size: () => entries.size,
  };
}
