import { parseExact } from '../harness/oracle/canonical-json.ts';
import type { CanonicalObject } from '../harness/oracle/canonical-json.ts';

/** What differs between records as they should be and as they are. */
export interface Difference {
  /** Records that must be there and are not. */
  readonly missing: number;
  /** Records that are there more often than rows are. */
  readonly repeated: number;
  /** Records that equal no row. */
  readonly foreign: number;
  /** Texts of some of each, to look at. */
  readonly examples: readonly string[];
}

const EXAMPLES_MAX = 2;
const TEXT_MAX = 400;

/** Counts records as they are read, so that it can be asked again and again what differs. */
export class Tally {
  readonly #field: string | undefined;
  readonly #read = new Map<string, number>();
  #records = 0;

  /** @param field the only one that counts; all do by default. */
  constructor(field?: string) {
    this.#field = field;
  }

  /** How many records were read. */
  get records(): number {
    return this.#records;
  }

  /** Counts a message, by its fields that count, with their exact values in their order. */
  add(message: Buffer): void {
    const record = parseExact(message.toString());
    const counted = this.#field === undefined ? record : { [this.#field]: record[this.#field] };
    const text = JSON.stringify(counted);
    this.#read.set(text, (this.#read.get(text) ?? 0) + 1);
    this.#records += 1;
  }

  /**
   * Compares multisets.
   *
   * @param allowed records that may be there, each as often as it is given.
   * @param required those of them that must be there.
   */
  compare(
    allowed: readonly CanonicalObject[],
    required: readonly CanonicalObject[] = allowed,
  ): Difference {
    const may = counted(allowed);
    const must = counted(required);
    const missing = [...must].map(
      ([text, count]) => [text, count - (this.#read.get(text) ?? 0)] as const,
    );
    const known = [...this.#read].filter(([text]) => may.has(text));
    const repeated = known.map(([text, count]) => [text, count - (may.get(text) ?? 0)] as const);
    const foreign = [...this.#read].filter(([text]) => !may.has(text));
    return {
      missing: sum(missing),
      repeated: sum(repeated),
      foreign: sum(foreign),
      examples: [
        ...examples('missing', missing),
        ...examples('repeated', repeated),
        ...examples('foreign', foreign),
      ],
    };
  }
}

type Counts = readonly (readonly [string, number])[];

function counted(records: readonly CanonicalObject[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const record of records) {
    const text = JSON.stringify(record);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

function sum(counts: Counts): number {
  return counts.reduce((total, [, count]) => total + Math.max(0, count), 0);
}

function examples(kind: string, counts: Counts): string[] {
  return counts
    .filter(([, count]) => count > 0)
    .slice(0, EXAMPLES_MAX)
    .map(([text, count]) => `${kind} ${count} times: ${text.slice(0, TEXT_MAX)}`);
}
