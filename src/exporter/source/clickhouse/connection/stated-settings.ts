import { z } from 'zod';
import { AnswerError } from '../errors/answer-error.ts';
import { OWN_CODES } from '../errors/connection-faults.ts';

/** Rows of one Arrow batch: bounds memory, as a row of l7_flow_log is about a kilobyte. */
const BLOCK_ROWS = 4_096;
/** ClickHouse reads fewer rows at once where they are larger than that: its own default, which profiles may change. */
const BLOCK_BYTES = 1_000_000;

/**
 * What every query states, whatever the profile of its user says: that an answer is whole or an error, that a filter
 * means the same, and in which form rows come. Values as `system.settings` tells them (src/Core/Settings.cpp).
 */
const STATED: Readonly<Record<string, string>> = {
  // A missing server, or a limit that is reached, is an error. DeepFlow's profile skips shards that are away.
  skip_unavailable_shards: '0',
  partial_result_on_first_cancel: '0',
  ...overflowModes('result', 'read', 'timeout', 'set', 'group_by', 'sort', 'distinct', 'transfer'),
  read_overflow_mode_leaf: 'throw',
  join_overflow_mode: 'throw',
  // All rows of the table as it is now, and no others.
  limit: '0',
  offset: '0',
  final: '0',
  use_query_cache: '0',
  additional_table_filters: '{}',
  additional_result_filter: '',
  distributed_group_by_no_merge: '0',
  // What NULL and an empty table mean.
  transform_null_in: '0',
  cast_keep_nullable: '0',
  aggregate_functions_null_for_empty: '0',
  empty_result_for_aggregation_by_empty_set: '0',
  // The form of an answer, and how much of it comes at once.
  output_format_arrow_compression_method: 'none',
  output_format_arrow_string_as_string: '1',
  output_format_arrow_low_cardinality_as_dictionary: '0',
  max_block_size: String(BLOCK_ROWS),
  preferred_block_size_bytes: String(BLOCK_BYTES),
};

/** The same, as far as the version knows the setting. */
const STATED_IF_KNOWN: Readonly<Record<string, string>> = { timeout_overflow_mode_leaf: 'throw' };

/** Longest query that ClickHouse takes without being told in the URL, since a query cannot state how long it may be. */
const QUERY_BYTES = 262_144;
/** Longest query that it is told of: more than a filter or a list of labels may have. */
const QUERY_BYTES_MAX = 8 * 1_048_576;

/** Name and value, and `1` where the user cannot change it. */
const foundSettings = z.array(z.tuple([z.string(), z.string(), z.enum(['0', '1'])]));

/** Bounds on what a query takes of ClickHouse, and what it is called there, as settings. */
export type QueryBounds = Readonly<Record<string, string>>;

/** The stricter of two values of a bound. Of priorities the greater is the lower one. */
const STRICTER: Readonly<Record<string, (a: number, b: number) => number>> = {
  max_threads: Math.min,
  max_memory_usage: Math.min,
  priority: Math.max,
};

/** A setting as it is in force. */
interface Found {
  readonly value: string;
  /** True: the user cannot change it. */
  readonly isFixed: boolean;
}

/** Runs a query as it stands, and answers its text. */
type Ask = (query: string) => Promise<string>;

/**
 * The settings that the queries of one login state. Before the first query it is looked up whether they are really in
 * force there, since a proxy or a later version may think otherwise, which of them the version knows, and which bounds
 * the user has: a stricter one stands, and so does one that the user cannot change.
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
   * @throws what the look-up ends with; an `AnswerError` for a setting that is not in force.
   */
  async clause(ask: Ask): Promise<string> {
    this.#clause ??= await this.#lookUp(ask);
    return this.#clause;
  }

  /** Looks up again before the next query: the server does not know what it knew. */
  forget(): void {
    this.#clause = undefined;
  }

  async #lookUp(ask: Ask): Promise<string> {
    const known = { ...STATED, ...STATED_IF_KNOWN };
    const names = Object.keys({ ...known, ...this.#bounds }).map((name) => `'${name}'`);
    // One row, whatever the names and however an answer is formatted.
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

/** What the URL of a query must say about it. */
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

/** Numbers and maps stand without quotes. */
function literal(value: string): string {
  if (/^(?:\d+|\{\})$/.test(value)) return value;
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Our value of a bound, or a stricter one of the user. 0, and `auto` of threads, are no bounds. */
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
    'the settings in force did not come as they were asked for',
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
