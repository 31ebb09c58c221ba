import { z } from 'zod';
import { AnswerError } from '../errors/answer-error.ts';
import { OWN_CODES } from '../errors/connection-faults.ts';

/** Rows of one Arrow batch. It bounds memory, since a row of l7_flow_log is about a kilobyte. */
const BLOCK_ROWS = 4_096;
/**
 * ClickHouse reads fewer rows at once when they are larger than this. It is ClickHouse's default,
 * which profiles may change.
 */
const BLOCK_BYTES = 1_000_000;

/**
 * The settings that every query states, whatever the profile of its user contains. They ensure that
 * an answer is complete or an error, that a filter always has the same meaning, and that rows come
 * in the right format. The values have the form of `system.settings` (src/Core/Settings.cpp).
 */
const STATED: Readonly<Record<string, string>> = {
  // A missing server, or a limit that is reached, is an error. DeepFlow's profile skips unavailable
  // shards.
  skip_unavailable_shards: '0',
  partial_result_on_first_cancel: '0',
  ...overflowModes('result', 'read', 'timeout', 'set', 'group_by', 'sort', 'distinct', 'transfer'),
  read_overflow_mode_leaf: 'throw',
  join_overflow_mode: 'throw',
  // A query reads all rows of the current table, and no others.
  limit: '0',
  offset: '0',
  final: '0',
  use_query_cache: '0',
  additional_table_filters: '{}',
  additional_result_filter: '',
  distributed_group_by_no_merge: '0',
  // The meaning of NULL and of an empty table.
  transform_null_in: '0',
  cast_keep_nullable: '0',
  aggregate_functions_null_for_empty: '0',
  empty_result_for_aggregation_by_empty_set: '0',
  // The format of an answer, and how much of it comes at once.
  output_format_arrow_compression_method: 'none',
  output_format_arrow_string_as_string: '1',
  output_format_arrow_low_cardinality_as_dictionary: '0',
  max_block_size: String(BLOCK_ROWS),
  preferred_block_size_bytes: String(BLOCK_BYTES),
};

/** Settings that are stated only if the version of ClickHouse knows them. */
const STATED_IF_KNOWN: Readonly<Record<string, string>> = { timeout_overflow_mode_leaf: 'throw' };

/**
 * The longest query that ClickHouse accepts by default. A longer query needs a setting in the URL,
 * since a query cannot state its own limit.
 */
const QUERY_BYTES = 262_144;
/** The longest query that the URL allows: more than a filter or a list of labels can need. */
const QUERY_BYTES_MAX = 8 * 1_048_576;

/** Name, value, and `1` when the user cannot change the setting. */
const foundSettings = z.array(z.tuple([z.string(), z.string(), z.enum(['0', '1'])]));

/** Bounds on the resources of a query, and its comment in the log of ClickHouse, as settings. */
export type QueryBounds = Readonly<Record<string, string>>;

/** Returns the stricter of two values of a bound. A greater `priority` is a lower priority. */
const STRICTER: Readonly<Record<string, (a: number, b: number) => number>> = {
  max_threads: Math.min,
  max_memory_usage: Math.min,
  priority: Math.max,
};

/** The current value of a setting. */
interface Found {
  readonly value: string;
  /** True: the user cannot change it. */
  readonly isFixed: boolean;
}

/** Runs a query without changing it, and returns the answer as text. */
type Ask = (query: string) => Promise<string>;

/**
 * The settings that the queries of one login state. Before the first query it checks three things.
 * It checks that the settings are really in force, since a proxy or a later version may change
 * them. It checks which settings the version knows. And it checks which bounds the user has: a
 * stricter bound is kept, and so is a bound that the user cannot change.
 */
export class StatedSettings {
  readonly #bounds: QueryBounds;
  #clause: string | undefined;

  constructor(bounds: QueryBounds) {
    this.#bounds = bounds;
  }

  /**
   * The clause `SETTINGS …` of a query.
   *
   * @throws the error of the check, and an `AnswerError` for a setting that is not in force.
   */
  async clause(ask: Ask): Promise<string> {
    this.#clause ??= await this.#lookUp(ask);
    return this.#clause;
  }

  /**
   * Checks again before the next query, since the server no longer knows a setting that it knew.
   */
  forget(): void {
    this.#clause = undefined;
  }

  async #lookUp(ask: Ask): Promise<string> {
    const known = { ...STATED, ...STATED_IF_KNOWN };
    const names = Object.keys({ ...known, ...this.#bounds }).map((name) => `'${name}'`);
    // The query returns one row, whatever the names are and however an answer is formatted.
    const text = await ask(
      `SELECT toJSONString(groupArray((name, value, toString(readonly)))) FROM system.settings WHERE name IN (${names.join(', ')}) ${settingsClause(STATED)} FORMAT TSVRaw`,
    );
    const inForce = parseFound(text);
    for (const [name, value] of Object.entries(STATED)) checkInForce(name, value, inForce);
    const stated = Object.entries(known).filter(([name]) => name in STATED || inForce.has(name));
    const bounds = Object.entries(this.#bounds).flatMap(([name, value]) => {
      const found = inForce.get(name);
      return found?.isFixed === true ? [] : [[name, stricter(name, value, found?.value)] as const];
    });
    return settingsClause(Object.fromEntries([...stated, ...bounds]));
  }
}

/** The settings that must be in the URL of a query. */
export function urlSettings(query: string): { readonly max_query_size?: string } {
  return Buffer.byteLength(query) < QUERY_BYTES ? {} : { max_query_size: String(QUERY_BYTES_MAX) };
}

function overflowModes(...kinds: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(kinds.map((kind) => [`${kind}_overflow_mode`, 'throw']));
}

function settingsClause(settings: Readonly<Record<string, string>>): string {
  const stated = Object.entries(settings).map(([name, value]) => `\`${name}\` = ${literal(value)}`);
  return `SETTINGS ${stated.join(', ')}`;
}

/** Numbers and maps have no quotes. */
function literal(value: string): string {
  if (/^(?:\d+|\{\})$/.test(value)) return value;
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/**
 * The exporter's value of a bound, or a stricter value of the user. 0, and `auto` for threads, mean
 * no bound.
 */
function stricter(name: string, ours: string, theirs: string | undefined): string {
  const choose = STRICTER[name];
  if (choose === undefined || theirs === undefined || !/^[1-9]\d*$/.test(theirs)) return ours;
  return choose(Number(ours), Number(theirs)) === Number(ours) ? ours : theirs;
}

function parseFound(text: string): ReadonlyMap<string, Found> {
  const found = foundSettings.safeParse(parseJson(text));
  if (found.success)
    return new Map(
      found.data.map(([name, value, fixed]) => [name, { value, isFixed: fixed === '1' }]),
    );
  throw new AnswerError(
    'the answer to the query of the settings does not have the requested format',
    OWN_CODES.garbled,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkInForce(name: string, value: string, inForce: ReadonlyMap<string, Found>): void {
  const found = inForce.get(name)?.value;
  if (found === value) return;
  const state = found === undefined ? 'is unknown' : `is ${found === '' ? 'empty' : found}`;
  throw new AnswerError(
    `${name} must be ${value === '' ? 'empty' : value} and ${state}`,
    OWN_CODES.notInForce,
  );
}
