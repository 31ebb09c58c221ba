import type { LabelSelection } from '../../../../deepflow/fields/export-fields.ts';
import {
  NAME_DICTIONARIES,
  type NameDictionary,
} from '../../../../deepflow/names/universal-tags.ts';
import type { Problem } from '../../../contract/status-report.ts';
import { type NameTables, NO_NAMES } from '../../../encode/values/name-tables.ts';
import { AddressError } from '../errors/address-error.ts';
import type { ReadBatches } from '../rows/read-batches.ts';
import { clickHouseFailure } from '../errors/clickhouse-error.ts';
import {
  type Collected,
  DevicesCollector,
  LabelsCollector,
  NamesCollector,
} from './names-collector.ts';
import { namesProblem } from './names-problem.ts';
import {
  type DictionaryRequest,
  devicesQuery,
  labelsQuery,
  namesDatabase,
  namesQuery,
} from './names-query.ts';

/** The most entries of one dictionary that are kept in memory, at about 300 bytes each. */
const ENTRIES_MAX = 300_000;

/** Which names are read. */
export interface NamesOptions {
  /** The number of the organisation. */
  readonly organization: number;
  /** The labels of pods that records contain. Undefined: no labels are read. */
  readonly labels: LabelSelection | undefined;
  /** The most entries of one dictionary. */
  readonly entriesMax?: number;
}

/** A dictionary whose names may be missing or old, and why. */
interface NamesFailure {
  readonly dictionary: string;
  readonly problem: Omit<Problem, 'since'>;
  /** True: ClickHouse or the network has a problem, so another try may succeed. */
  readonly isPassing: boolean;
}

/** The result of reading all dictionaries. */
export interface NamesReading {
  /**
   * The current names. For a dictionary that could not be read, the names of its last successful
   * reading.
   */
  readonly tables: NameTables;
  readonly failures: readonly NamesFailure[];
  /** Dictionaries with too many entries. Only the entries with the highest ids are kept. */
  readonly cut: readonly string[];
  /** How many rows were left out, since no record can refer to them. */
  readonly skipped: number;
}

/** The result before the first reading. */
export const NOTHING_READ: NamesReading = {
  tables: NO_NAMES,
  failures: [],
  cut: [],
  skipped: 0,
};

/**
 * Compiles the reading of DeepFlow's dictionaries (`flow_tag`) into tables of names. Each
 * dictionary is read separately, so a broken dictionary does not affect the others. They are read
 * one after the other, so the load on ClickHouse is low. If ClickHouse is unreachable, the
 * remaining dictionaries are not tried. The reading never fails: the result contains the problems.
 */
export function compileNamesReader(
  read: ReadBatches,
  options: NamesOptions,
): (before: NameTables, signal: AbortSignal) => Promise<NamesReading> {
  return async (before, signal) => {
    const reader = new NamesReader(read, options, signal);
    const byId: Record<NameDictionary, NameTables['byId'][NameDictionary]> = { ...before.byId };
    let { workloadTypes } = before;
    for (const dictionary of NAME_DICTIONARIES) {
      const found = await reader.names(dictionary, byId[dictionary]);
      if (found === undefined) continue;
      byId[dictionary] = found.names;
      if (dictionary === 'pod_group_map') workloadTypes = found.types;
    }
    const devices = (await reader.devices(before.devices)) ?? before.devices;
    const labels = (await reader.labels(before.labels)) ?? before.labels;
    const { failures, cut, skipped } = reader;
    return { tables: { byId, devices, workloadTypes, labels }, failures, cut, skipped };
  };
}

/** One reading of all dictionaries. */
class NamesReader {
  readonly failures: NamesFailure[] = [];
  readonly cut: string[] = [];
  skipped = 0;
  readonly #read: ReadBatches;
  readonly #options: NamesOptions;
  readonly #request: DictionaryRequest;
  readonly #signal: AbortSignal;
  #isUnreachable = false;

  constructor(read: ReadBatches, options: NamesOptions, signal: AbortSignal) {
    this.#read = read;
    this.#options = options;
    this.#signal = signal;
    const { organization, entriesMax = ENTRIES_MAX } = options;
    this.#request = { organization, entries: entriesMax };
  }

  names(
    dictionary: NameDictionary,
    before: NameTables['byId'][NameDictionary],
  ): Promise<NamesCollector | undefined> {
    const collector = new NamesCollector(this.#request.entries, before);
    return this.#collect(dictionary, namesQuery(dictionary, this.#request), collector);
  }

  async devices(before: NameTables['devices']): Promise<NameTables['devices'] | undefined> {
    const collector = new DevicesCollector(this.#request.entries, before);
    const query = devicesQuery(this.#request);
    return (await this.#collect('device_map', query, collector))?.devices;
  }

  async labels(before: NameTables['labels']): Promise<NameTables['labels'] | undefined> {
    const { labels } = this.#options;
    if (labels === undefined) return undefined;
    const collector = new LabelsCollector(this.#request.entries, before);
    const query = labelsQuery(labels, this.#request);
    const found = await this.#collect('pod_k8s_label_map', query, collector);
    found?.end();
    return found?.labels;
  }

  async #collect<T extends Collected & Pick<NamesCollector, 'take'>>(
    dictionary: string,
    query: string,
    collector: T,
  ): Promise<T | undefined> {
    if (this.#isUnreachable || this.#signal.aborted) return undefined;
    try {
      for await (const batch of this.#read(query, this.#signal)) collector.take(batch);
    } catch (error) {
      const database = namesDatabase(this.#options.organization);
      const problem = namesProblem(error, { database, dictionary });
      // Each of the other dictionaries would wait as long.
      this.#isUnreachable = problem.reason === 'ClickHouseUnreachable';
      const isPassing = error instanceof AddressError && clickHouseFailure(error.cause).isOwn;
      if (!isAborted(this.#signal)) this.failures.push({ dictionary, problem, isPassing });
      return undefined;
    }
    if (collector.isCut) this.cut.push(dictionary);
    this.skipped += collector.skipped;
    return collector;
  }
}

/**
 * The current state of the signal. Without this function, the compiler assumes the state from
 * before the wait.
 */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
