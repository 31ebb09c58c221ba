import type { SelectionRules } from '../fields/export-fields.ts';
import type { RecordFilter, TagFilter } from './record-filter.ts';

/** A language of conditions: ClickHouse's SQL, or functions of a row. */
export interface ConditionLanguage<Condition> {
  /** The condition that every record satisfies. It is compared by identity. */
  readonly always: Condition;
  and(conditions: readonly Condition[]): Condition;
  or(conditions: readonly Condition[]): Condition;
  /**
   * Encloses a condition in brackets, if the language has them, so that it can be an alternative
   * among others.
   */
  enclose(condition: Condition): Condition;
}

/** One filter of many. */
interface NamedCondition<Condition> {
  /** The filter as the user wrote it, with its place. */
  readonly text: string;
  readonly condition: Condition;
}

/** The condition on a record, and each filter separately. */
export interface CombinedFilter<Condition> {
  readonly condition: Condition;
  readonly conditions: readonly NamedCondition<Condition>[];
}

/** A list of filters, compiled. */
interface CompiledList<Condition> extends CombinedFilter<Condition> {
  /** False: the server ignores every filter of the list, since it lacks their fields. */
  readonly isEffective: boolean;
}

type FilterList = Pick<RecordFilter, 'condition' | 'tagFilters'>;

/**
 * Combines the conditions of a filter, in any language. With the rules of `Documented`,
 * `tagFilters` and one of `tagFilterGroups` must pass. The rules of `Compatible` are those of
 * deepflow-server (server/ingester/exporters).
 *
 * @param conditionOf compiles one filter. Undefined: the server ignores the filter.
 */
export function combineFilters<Condition>(
  filter: RecordFilter,
  language: ConditionLanguage<Condition>,
  options: {
    readonly rules: SelectionRules;
    readonly conditionOf: (filter: TagFilter) => Condition | undefined;
  },
): CombinedFilter<Condition> {
  const combiner = new Combiner(language, options.rules);
  const compileList = (list: FilterList, path: string): CompiledList<Condition> =>
    combiner.list(list, path, options.conditionOf);
  const tagFilters = compileList(filter, '');
  const groups = filter.tagFilterGroups.map((group, i) =>
    compileList(group, `tagFilterGroups[${i}].`),
  );
  return {
    condition:
      options.rules === 'Documented'
        ? combiner.documented(tagFilters, groups)
        : combiner.compatible(tagFilters, groups),
    conditions: [tagFilters, ...groups].flatMap(({ conditions }) => conditions),
  };
}

class Combiner<Condition> {
  readonly #language: ConditionLanguage<Condition>;
  readonly #rules: SelectionRules;

  constructor(language: ConditionLanguage<Condition>, rules: SelectionRules) {
    this.#language = language;
    this.#rules = rules;
  }

  list(
    { condition, tagFilters }: FilterList,
    path: string,
    conditionOf: (filter: TagFilter) => Condition | undefined,
  ): CompiledList<Condition> {
    const { always } = this.#language;
    const compiled = tagFilters.map((filter, i) => ({
      text: `${path}tagFilters[${i}]: ${textOf(filter)}`,
      condition: conditionOf(filter),
    }));
    const effective = compiled.flatMap(({ condition: each }) => (each === undefined ? [] : [each]));
    return {
      condition: effective.length === 0 ? always : this.#combine(effective, condition),
      conditions: compiled.map(({ text, condition: each }) => ({
        text,
        condition: each ?? always,
      })),
      isEffective: effective.length > 0,
    };
  }

  documented(
    tagFilters: CompiledList<Condition>,
    groups: readonly CompiledList<Condition>[],
  ): Condition {
    return this.#and([tagFilters.condition, this.#anyOf(groups)]);
  }

  /**
   * The groups count only when no field of `tagFilters` exists. If no field of the last group
   * exists, every record passes, whatever the groups before it decide. Other groups without an
   * existing field have no effect, since the result of the next group replaces theirs.
   */
  compatible(
    tagFilters: CompiledList<Condition>,
    groups: readonly CompiledList<Condition>[],
  ): Condition {
    if (tagFilters.isEffective) return tagFilters.condition;
    if (groups.at(-1)?.isEffective !== true) return this.#language.always;
    return this.#anyOf(groups.filter(({ isEffective }) => isEffective));
  }

  #combine(conditions: readonly Condition[], condition: RecordFilter['condition']): Condition {
    const { always } = this.#language;
    if (condition === 'and') return this.#and(conditions);
    // The server starts with "passes", and does not change this when no alternative is true.
    if (this.#rules === 'Compatible' || conditions.includes(always)) return always;
    return this.#language.or(conditions);
  }

  #and(conditions: readonly Condition[]): Condition {
    const { always } = this.#language;
    const needed = conditions.filter((condition) => condition !== always);
    return needed.length === 0 ? always : this.#language.and(needed);
  }

  #anyOf(lists: readonly CompiledList<Condition>[]): Condition {
    const { always } = this.#language;
    const alternatives = lists.map(({ condition }) => condition);
    if (alternatives.length === 0 || alternatives.includes(always)) return always;
    return this.#language.or(alternatives.map((each) => this.#language.enclose(each)));
  }
}

function textOf({ fieldName, operator, fieldValues }: TagFilter): string {
  return `${fieldName} ${operator} ${fieldValues.join(', ')}`;
}
