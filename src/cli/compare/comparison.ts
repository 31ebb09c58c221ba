/** The side of a topic: `left` is the one to replace, `right` the one that replaces it. */
export type SideName = 'left' | 'right';

/** The other side. */
export function otherSide(side: SideName): SideName {
  return side === 'left' ? 'right' : 'left';
}

/** Two records with one key, where a field differs. Values are JSON text, shortened; undefined: the field is not there. */
export interface FieldExample {
  readonly record: string;
  readonly left: string | undefined;
  readonly right: string | undefined;
}

/** How often a field differs in records that both sides have. */
export interface FieldDifference {
  /** Both sides have the field, with other values. */
  values: number;
  /** One side alone has the field. */
  readonly only: Record<SideName, number>;
  readonly examples: FieldExample[];
}

/** What one side has that the other has not. */
interface SideFindings {
  /** Messages that were read. */
  records: number;
  /** Of these, messages that are no JSON objects. Their bytes are compared. */
  notJson: number;
  /** Of these, records without the first field of the key. They are equal or missing, never differing. */
  withoutKey: number;
  /** Records whose key the other side does not have, each counted once. */
  only: number;
  /** Of these, the earliest and the latest timestamp of a message, in milliseconds since the Unix epoch. */
  earliestMs: number | undefined;
  latestMs: number | undefined;
  /** How often records came again, with the same content, more often than on the other side. */
  repeated: number;
  readonly onlyExamples: string[];
}

/** The result of a comparison. */
export interface Comparison {
  /** Pairs of records with the same content. */
  equal: number;
  /** Pairs of records with the same key and another content. */
  differing: number;
  /** Keys of which one side has several contents that the other has not: pairs of them are in the order of their content. */
  ambiguousKeys: number;
  /** Records at the edges of the time range without a partner: they are not counted as missing. */
  atEdges: number;
  readonly fields: Map<string, FieldDifference>;
  readonly left: SideFindings;
  readonly right: SideFindings;
}

/** A comparison of nothing. */
export function emptyComparison(): Comparison {
  const side = (): SideFindings => ({
    records: 0,
    notJson: 0,
    withoutKey: 0,
    only: 0,
    earliestMs: undefined,
    latestMs: undefined,
    repeated: 0,
    onlyExamples: [],
  });
  return {
    equal: 0,
    differing: 0,
    ambiguousKeys: 0,
    atEdges: 0,
    fields: new Map(),
    left: side(),
    right: side(),
  };
}

/** Whether both sides have the same records, each as often as the other. */
export function isSame({ differing, left, right }: Comparison): boolean {
  return [differing, left.only, right.only, left.repeated, right.repeated].every((n) => n === 0);
}
