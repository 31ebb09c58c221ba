import { combineFilters, type ConditionLanguage } from '../combine-filters.ts';
import { compatibleCondition } from './compatible-condition.ts';
import type { DataSource } from '../../data-sources.ts';
import { documentedCondition } from './documented-condition.ts';
import { fieldFinder } from '../../fields/filter-fields.ts';
import { type FilterContext, filterValue } from '../filter-value.ts';
import type { RecordFilter, TagFilter } from '../record-filter.ts';
import { sqlOr } from '../../sql-literal.ts';

/** A filter in ClickHouse's SQL. */
export interface CompiledFilter {
  /** The condition on a record's row. NULL means false. Undefined: every record passes. */
  readonly where: string | undefined;
  /** Each filter as the user wrote it and as SQL, to report which filters a row passes. */
  readonly conditions: readonly FilterCondition[];
}

/** One filter of many. */
interface FilterCondition {
  readonly text: string;
  readonly sql: string;
}

const ALWAYS = '1';

const SQL: ConditionLanguage<string> = {
  always: ALWAYS,
  and: (conditions) => conditions.join(' AND '),
  or: sqlOr,
  enclose: (condition) => `(${condition})`,
};

/**
 * Compiles a filter into ClickHouse's SQL. All values are quoted safely, and patterns run in linear
 * time (RE2). `compilePredicate` has the same meaning.
 *
 * @throws with the rules of `Documented`, when the records lack a field. `validateFilter` finds
 *   such a field before.
 */
export function compileFilter(
  filter: RecordFilter,
  dataSource: DataSource,
  context: FilterContext,
): CompiledFilter {
  const fieldOf = fieldFinder(dataSource, context.rules);
  const conditionOf = (each: TagFilter): string | undefined => {
    const field = fieldOf(each);
    if (field === undefined) return undefined;
    const value = filterValue(field, context);
    return context.rules === 'Documented'
      ? documentedCondition(each, field, value)
      : compatibleCondition(each, value);
  };
  const { condition, conditions } = combineFilters(filter, SQL, {
    rules: context.rules,
    conditionOf,
  });
  return {
    where: condition === ALWAYS ? undefined : condition,
    conditions: conditions.map(({ text, condition: sql }) => ({ text, sql })),
  };
}
