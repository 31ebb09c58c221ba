import type { Place } from '../../manifests/yaml-documents.ts';

/**
 * What becomes of an option:
 * - `same`: it is a field of the KafkaExporter with the same meaning
 * - `differs`: it is a field, and something is not as it was
 * - `no effect`: deepflow-server does nothing with it, and nothing is lost
 * - `not converted`: somebody has to decide
 */
export const OUTCOMES = ['same', 'differs', 'no effect', 'not converted'] as const;

/** See {@link OUTCOMES}. */
export type Outcome = (typeof OUTCOMES)[number];

/** One line of the report. It never has the value of an option that may be secret. */
export interface OptionReport {
  /** The option as it is written, such as `sasl.enabled` or `tag-filters[0].operator`. */
  readonly option: string;
  /** Undefined: the file does not have the option. */
  readonly place: Place | undefined;
  readonly outcome: Outcome;
  /** The field with its value, or why there is none. */
  readonly becomes: string;
  /** What is not as it was, or what to do; empty: nothing. */
  readonly note: string;
}

/** The lines in the order of the file; those that are not in the file come last. */
export function inFileOrder(lines: readonly OptionReport[]): readonly OptionReport[] {
  const rank = ({ place }: OptionReport): readonly [number, number] =>
    place === undefined ? [Number.MAX_SAFE_INTEGER, 0] : [place.line, place.column];
  return lines.toSorted((a, b) => {
    const [[line, column], [otherLine, otherColumn]] = [rank(a), rank(b)];
    return line - otherLine || column - otherColumn;
  });
}
