import { type Comparison, type FieldExample, isSame, type SideName } from './comparison.ts';

/** What was compared, and how. */
export interface ComparisonHead {
  readonly topics: Readonly<Record<SideName, string>>;
  /** Milliseconds since the Unix epoch. Undefined: from the beginning, or to the end. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly marginMs: number;
  readonly key: readonly string[];
  readonly ignored: readonly string[];
  readonly passes: number;
}

/** A comparison as plain data: the JSON report. Times are RFC 3339; null: there is none. */
export interface ComparisonDocument {
  readonly same: boolean;
  readonly from: string | null;
  readonly to: string | null;
  readonly marginSeconds: number;
  readonly key: readonly string[];
  readonly ignored: readonly string[];
  readonly passes: number;
  readonly equal: number;
  readonly differing: number;
  readonly ambiguousKeys: number;
  readonly atEdges: number;
  readonly left: SideDocument;
  readonly right: SideDocument;
  /** The field that differs most often first. */
  readonly fields: readonly FieldDocument[];
}

interface SideDocument {
  readonly topic: string;
  readonly records: number;
  readonly only: number;
  readonly onlyEarliest: string | null;
  readonly onlyLatest: string | null;
  readonly repeated: number;
  readonly notJson: number;
  readonly withoutKey: number;
  readonly onlyExamples: readonly string[];
}

interface FieldDocument {
  readonly field: string;
  /** How often the field differs: the sum of the three numbers that follow. */
  readonly count: number;
  readonly values: number;
  readonly onlyLeft: number;
  readonly onlyRight: number;
  readonly examples: readonly FieldExample[];
}

/** The document of a comparison. */
export function comparisonDocument(head: ComparisonHead, found: Comparison): ComparisonDocument {
  const { from, ignored, key, marginMs, passes, to, topics } = head;
  const { ambiguousKeys, atEdges, differing, equal } = found;
  const fields = [...found.fields].map(([field, { examples, only, values }]) => ({
    field,
    count: values + only.left + only.right,
    values,
    onlyLeft: only.left,
    onlyRight: only.right,
    examples,
  }));
  return {
    same: isSame(found),
    from: timeText(from),
    to: timeText(to),
    marginSeconds: marginMs / 1_000,
    key,
    ignored,
    passes,
    equal,
    differing,
    ambiguousKeys,
    atEdges,
    left: sideDocument(topics.left, found.left),
    right: sideDocument(topics.right, found.right),
    fields: fields.sort((a, b) => b.count - a.count || (a.field < b.field ? -1 : 1)),
  };
}

function sideDocument(topic: string, found: Comparison['left']): SideDocument {
  const { earliestMs, latestMs, notJson, only, onlyExamples, records, repeated } = found;
  return {
    topic,
    records,
    only,
    onlyEarliest: timeText(earliestMs),
    onlyLatest: timeText(latestMs),
    repeated,
    notJson,
    withoutKey: found.withoutKey,
    onlyExamples,
  };
}

/** A timestamp is what a client has sent: it may be no time of a calendar. */
function timeText(ms: number | undefined): string | null {
  if (ms === undefined) return null;
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
