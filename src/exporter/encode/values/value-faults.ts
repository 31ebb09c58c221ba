/**
 * Counts the faults of values in DeepFlow's tables. Records with faults are written nevertheless.
 */
export interface ValueFaults {
  /** Texts that are not UTF-8. Invalid bytes are replaced with U+FFFD. */
  invalidUtf8: number;
  /**
   * Numbers that JSON cannot represent: NaN and infinities. They become `null` in a list, and are
   * left out otherwise.
   */
  notFinite: number;
  /** Pairs of lists of names and values with different lengths. */
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
