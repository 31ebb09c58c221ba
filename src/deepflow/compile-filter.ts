import { compatibleCondition } from './compatible-condition.ts';
import type { DataSource } from './data-sources.ts';
import { documentedCondition } from './documented-condition.ts';
import { filterFields } from './filter-fields.ts';
import { type FilterContext, filterValue } from './filter-value.ts';
import type { RecordFilter, TagFilter } from './record-filter.ts';
import { sqlOr } from './sql-literal.ts';

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

/** A list of filters, compiled. */
interface CompiledList {
  readonly where: string;
  readonly conditions: readonly FilterCondition[];
  /** False: the server takes no notice of any filter of the list, for lack of the fields. */
  readonly isEffective: boolean;
}

type FilterList = Pick<RecordFilter, 'condition' | 'tagFilters'>;
type CompileList = (list: FilterList, path: string) => CompiledList;

const ALWAYS = '1';

/**
 * Compiles a filter into ClickHouse's SQL, of which no value can leave its quotes and whose patterns run in linear
 * time (RE2). By the rules of `Documented`, `tagFilters` and one of `tagFilterGroups` must pass; those of
 * `Compatible` are deepflow-server's (server/ingester/exporters).
 *
 * @throws by the rules of `Documented` on a field that the records lack; `validateFilter` finds it first.
 */
export function compileFilter(
  filter: RecordFilter,
  dataSource: DataSource,
  context: FilterContext,
): CompiledFilter {
  const compileList = listCompiler(dataSource, context);
  const tagFilters = compileList(filter, '');
  const groups = filter.tagFilterGroups.map((group, i) =>
    compileList(group, `tagFilterGroups[${i}].`),
  );
  const where =
    context.rules === 'Documented'
      ? documentedWhere(tagFilters, groups)
      : compatibleWhere(tagFilters, groups);
  return {
    where: where === ALWAYS ? undefined : where,
    conditions: [tagFilters, ...groups].flatMap(({ conditions }) => conditions),
  };
}

function listCompiler(dataSource: DataSource, context: FilterContext): CompileList {
  const fields = filterFields(dataSource, context.rules);
  const sqlOf = (filter: TagFilter): string | undefined => {
    const field = fields.get(filter.fieldName);
    if (field === undefined) {
      if (context.rules === 'Compatible') return undefined;
      throw new Error(`${dataSource} has no field ${filter.fieldName} that a filter could name`);
    }
    const value = filterValue(field, context);
    return context.rules === 'Documented'
      ? documentedCondition(filter, field, value)
      : compatibleCondition(filter, value);
  };
  return ({ condition, tagFilters }, path) => {
    const compiled = tagFilters.map((filter, i) => {
      const sql = sqlOf(filter);
      const text = `${path}tagFilters[${i}]: ${textOf(filter)}`;
      return { text, sql };
    });
    const effective = compiled.flatMap(({ sql }) => (sql === undefined ? [] : [sql]));
    return {
      where: effective.length === 0 ? ALWAYS : combine(effective, condition, context.rules),
      conditions: compiled.map(({ text, sql }) => ({ text, sql: sql ?? ALWAYS })),
      isEffective: effective.length > 0,
    };
  };
}

function textOf({ fieldName, operator, fieldValues }: TagFilter): string {
  return `${fieldName} ${operator} ${fieldValues.join(', ')}`;
}

function combine(
  conditions: readonly string[],
  condition: RecordFilter['condition'],
  rules: FilterContext['rules'],
): string {
  if (condition === 'and') return sqlAnd(conditions);
  // The server starts from "passes" and never decides otherwise when none of the alternatives holds.
  if (rules === 'Compatible' || conditions.includes(ALWAYS)) return ALWAYS;
  return sqlOr(conditions);
}

function sqlAnd(conditions: readonly string[]): string {
  const needed = conditions.filter((condition) => condition !== ALWAYS);
  return needed.length === 0 ? ALWAYS : needed.join(' AND ');
}

function documentedWhere(tagFilters: CompiledList, groups: readonly CompiledList[]): string {
  return sqlAnd([tagFilters.where, anyOf(groups)]);
}

function anyOf(lists: readonly CompiledList[]): string {
  const alternatives = lists.map(({ where }) => where);
  if (alternatives.length === 0 || alternatives.includes(ALWAYS)) return ALWAYS;
  return sqlOr(alternatives.map((where) => `(${where})`));
}

/**
 * The groups count only where no field of `tagFilters` exists. A group without a field that exists passes the
 * record only if it is the last one: the result of the group before is forgotten, and that of the group after
 * replaces it.
 */
function compatibleWhere(tagFilters: CompiledList, groups: readonly CompiledList[]): string {
  if (tagFilters.isEffective) return tagFilters.where;
  if (groups.at(-1)?.isEffective !== true) return ALWAYS;
  return anyOf(groups.filter(({ isEffective }) => isEffective));
}
