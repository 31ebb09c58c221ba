import { combineFilters, type ConditionLanguage } from '../combine-filters.ts';
import { compatiblePredicate } from './compatible-predicate.ts';
import type { DataSource } from '../../data-sources.ts';
import { documentedPredicate } from './documented-predicate.ts';
import { fieldFinder } from '../../fields/filter-fields.ts';
import type { FilterContext } from '../filter-value.ts';
import type { RecordFilter, TagFilter } from '../record-filter.ts';
import { type Row, rowReading } from './row-value.ts';

/** Returns true when a row passes. */
export type RowPredicate = (row: Row) => boolean;

const ALWAYS: RowPredicate = () => true;

const PREDICATES: ConditionLanguage<RowPredicate> = {
  always: ALWAYS,
  and: (conditions) => (row) => conditions.every((passes) => passes(row)),
  or: (conditions) => (row) => conditions.some((passes) => passes(row)),
  enclose: (condition) => condition,
};

/**
 * Compiles a filter into a function of a row, for pushed rows, which ClickHouse never sees. It
 * passes the same rows as the SQL of `compileFilter`, and its patterns run in linear time as well
 * (RE2).
 *
 * @returns undefined: every record passes.
 * @throws with the rules of `Documented`, when the records lack a field. `validateFilter` finds
 *   such a field before.
 */
export function compilePredicate(
  filter: RecordFilter,
  dataSource: DataSource,
  context: FilterContext,
): RowPredicate | undefined {
  const fieldOf = fieldFinder(dataSource, context.rules);
  const conditionOf = (each: TagFilter): RowPredicate | undefined => {
    const field = fieldOf(each);
    if (field === undefined) return undefined;
    const reading = rowReading(field, context);
    return context.rules === 'Documented'
      ? documentedPredicate(each, field, reading)
      : (compatiblePredicate(each, reading) ?? ALWAYS);
  };
  const { condition } = combineFilters(filter, PREDICATES, { rules: context.rules, conditionOf });
  return condition === ALWAYS ? undefined : condition;
}
