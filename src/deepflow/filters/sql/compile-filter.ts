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
  /** What a record's row must satisfy, NULL meaning no; undefined: every record passes. */
  readonly where: string | undefined;
  /** The filters one by one, as the user wrote them and as SQL, to say what each of them lets pass. */
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
 * Compiles a filter into ClickHouse's SQL, of which no value can leave its quotes and whose patterns run in linear
 * time (RE2). `compilePredicate` means the same.
 *
 * @throws by the rules of `Documented` on a field that the records lack; `validateFilter` finds it first.
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
