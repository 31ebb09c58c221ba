/** What can be wrong with a value of DeepFlow's tables; its record is written all the same. */
export interface ValueFaults {
  /** Texts that are not UTF-8: U+FFFD stands for what is wrong. */
  invalidUtf8: number;
  /** Numbers that JSON cannot hold, NaN and infinities: `null` in a list, else left out. */
  notFinite: number;
  /** Lists of names and of their values that are not equally long. */
  unequalLists: number;
  /** Codes of an enum or a resource type that the catalog does not know. */
  unknownCode: number;
  /** Ids of resources without a name in DeepFlow's dictionaries. */
  unknownName: number;
}

/** Counts that start at zero. */
export function noFaults(): ValueFaults {
  return { invalidUtf8: 0, notFinite: 0, unequalLists: 0, unknownCode: 0, unknownName: 0 };
}
