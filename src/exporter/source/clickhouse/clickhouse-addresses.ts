import type { ClickHouseClient } from '@clickhouse/client';
import type { RecordBatch } from 'apache-arrow';
import { assert } from '../../../lib/assert.ts';
import type { Clock } from '../../../lib/clock.ts';
import { AddressError } from './address-error.ts';
import { AddressTurns, type QueryKind, type Turn } from './address-turns.ts';
import {
  type ClickHouseAccess,
  type ClickHouseCredentials,
  createRotatingClient,
} from './clickhouse-client.ts';
import { clickHouseFailure } from './clickhouse-error.ts';

/** ClickHouse at one address or several that answer for the same rows. Queries take turns over those that are well. */
export interface ClickHouseAddresses {
  /**
   * Runs a query of a small answer; at another address where one fails in a way that another may not.
   *
   * @throws AddressError
   */
  ask<T>(query: (client: ClickHouseClient) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /**
   * Runs a query that answers batches. Once one has come, a fault is the caller's to deal with.
   *
   * @throws AddressError
   */
  read(
    query: (client: ClickHouseClient) => AsyncIterable<RecordBatch>,
    signal: AbortSignal,
  ): AsyncGenerator<RecordBatch>;
}

/** An address begins to fail, or answers; the first answer is told as well. */
export interface AddressChange {
  /** Without credentials. */
  readonly address: string;
  readonly isUp: boolean;
  /** What it failed with, in the words of ClickHouse or the network. */
  readonly message: string | undefined;
}

/** What telling addresses apart needs. */
export interface ClickHouseAddressesDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly onChange?: (change: AddressChange) => void;
}

/** How ClickHouse is reached at several addresses. */
export type ClickHouseAccesses = ClickHouseAccess & {
  /** Further addresses that answer for the same rows. */
  readonly replicaUrls: readonly string[];
};

/** An address that does not answer a query for nothing within this time is left alone. */
const PROBE_MS = 5_000;
const SILENT = `no answer within ${PROBE_MS / 1000} seconds`;

/** Makes the clients of all addresses; each is made again when the credentials change. */
export function createClickHouseAddresses(
  deps: ClickHouseAddressesDeps,
  access: ClickHouseAccesses,
  credentials: () => ClickHouseCredentials,
): ClickHouseAddresses {
  const named = new Map(
    [access.url, ...access.replicaUrls].map((url) => [addressOf(url), url] as const),
  );
  const addresses = [...named].map(([name, url]) => ({
    name,
    client: createRotatingClient({ ...access, url }, credentials),
  }));
  return new Addresses(deps, addresses);
}

/** A URL without what it has of credentials: it stands in metrics and messages. */
function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`.replace(/\/$/, '');
}

interface Address {
  readonly name: string;
  readonly client: () => ClickHouseClient;
}

class Addresses implements ClickHouseAddresses {
  readonly #deps: ClickHouseAddressesDeps;
  readonly #all: readonly Address[];
  readonly #turns: AddressTurns;
  /** What each address failed with last. */
  readonly #faults = new Map<number, unknown>();
  readonly #told = new Map<number, boolean>();

  constructor(deps: ClickHouseAddressesDeps, all: readonly Address[]) {
    this.#deps = deps;
    this.#all = all;
    this.#turns = new AddressTurns(all.length);
  }

  async ask<T>(query: (client: ClickHouseClient) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const once = async function* (
      client: ClickHouseClient,
    ): AsyncGenerator<{ readonly answer: T }> {
      yield { answer: await query(client) };
    };
    let found: { readonly answer: T } | undefined;
    for await (const only of this.#tryInTurn('answer', once, signal)) found = only;
    assert(found !== undefined, 'a query that does not fail has an answer');
    return found.answer;
  }

  read(
    query: (client: ClickHouseClient) => AsyncIterable<RecordBatch>,
    signal: AbortSignal,
  ): AsyncGenerator<RecordBatch> {
    return this.#tryInTurn('rows', query, signal);
  }

  /** What a query answers, at the first address that does not fail before it answers anything. */
  async *#tryInTurn<T>(
    kind: QueryKind,
    query: (client: ClickHouseClient) => AsyncIterable<T>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<T> {
    const tried = new Set<number>();
    let failure: AddressError | undefined;
    for (let turn = this.#next(kind, tried); turn; turn = this.#next(kind, tried)) {
      let hasBegun = false;
      try {
        for await (const part of query(this.#at(turn.address).client())) {
          hasBegun = true;
          yield part;
        }
        this.#succeeded(turn);
        return;
      } catch (error) {
        failure = this.#failed(turn, error, signal);
        if (hasBegun || !failure.isOwn) throw failure;
      } finally {
        this.#turns.end(turn);
      }
    }
    assert(failure !== undefined, 'there is always an address to ask first');
    throw failure;
  }

  #next(kind: QueryKind, tried: Set<number>): Turn | undefined {
    const nowMs = this.#deps.clock.monotonicMs();
    const due = this.#turns.takeProbe(nowMs);
    if (due !== undefined) void this.#probe(due);
    const turn = this.#turns.next(kind, tried, nowMs);
    if (turn !== undefined) tried.add(turn.address);
    return turn;
  }

  #succeeded(turn: Turn): void {
    this.#turns.succeeded(turn);
    this.#tell(turn.address);
  }

  #failed(turn: Turn, error: unknown, signal: AbortSignal | undefined): AddressError {
    const { clock, random } = this.#deps;
    const { name } = this.#at(turn.address);
    // Whoever stops a query learns nothing about its address.
    if (signal?.aborted === true) return new AddressError([name], error, false);
    if (!clickHouseFailure(error).isOwn) {
      this.#succeeded(turn);
      return new AddressError([name], error, false);
    }
    this.#faults.set(turn.address, error);
    this.#turns.failed(turn, clock.monotonicMs(), random());
    this.#tell(turn.address);
    const isAnyUp = this.#all.some((_, address) => this.#turns.isUp(address));
    if (isAnyUp) return new AddressError([name], error, true);
    // The same words whichever of them was asked last, so that a status does not change with every try.
    const all = this.#all.map((address) => address.name);
    return new AddressError(all, this.#faults.get(0) ?? error, true);
  }

  /** Asks an address for nothing, so that nobody's query has to find out whether it is there. */
  async #probe(at: number): Promise<void> {
    const { clock, random } = this.#deps;
    const silence = AbortSignal.timeout(PROBE_MS);
    try {
      await this.#at(at).client().command({ query: 'SELECT 1 FORMAT Null', abort_signal: silence });
    } catch (error) {
      if (clickHouseFailure(error).isOwn) {
        this.#faults.set(at, silence.aborted ? new Error(SILENT) : error);
        this.#turns.probeFailed(at, clock.monotonicMs(), random());
        this.#tell(at);
        return;
      }
    }
    this.#turns.probeSucceeded(at);
  }

  #tell(at: number): void {
    const isUp = this.#turns.isUp(at);
    if (this.#told.get(at) === isUp) return;
    this.#told.set(at, isUp);
    const message = isUp ? undefined : clickHouseFailure(this.#faults.get(at)).message;
    this.#deps.onChange?.({ address: this.#at(at).name, isUp, message });
  }

  #at(at: number): Address {
    const address = this.#all[at];
    assert(address !== undefined, 'a turn is at an address');
    return address;
  }
}
