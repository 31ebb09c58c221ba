import type { RecordBatch } from 'apache-arrow';
import { assert } from '../../../../lib/assert.ts';
import type { ProxyEnvironment } from '../../../../lib/net/proxy-environment.ts';
import type { Clock } from '../../../../lib/clock.ts';
import { CONCURRENT_QUERIES_MAX } from '../../../contract/exporter-config.ts';
import type { RenewalObserver } from '../../../status/renewal-problem.ts';
import { AddressError } from '../errors/address-error.ts';
import { AddressTurns, type Probe, type QueryKind, type Turn } from './address-turns.ts';
import { clickHouseFailure, failureSentence } from '../errors/clickhouse-error.ts';
import { clickHouseReason } from '../errors/clickhouse-problem.ts';
import {
  type ClickHouseAccess,
  type ClickHouseCredentials,
  clientOptions,
} from '../connection/clickhouse-access.ts';
import { createClients } from '../connection/clients.ts';
import { type Clients, createQueryRunner, type QueryRunner } from '../connection/query-runner.ts';
import { probeAddress } from './probe-address.ts';
import { RenewedClients } from '../connection/renewed-clients.ts';
import { QueryLimit, type QueryLimitDeps } from './query-limit.ts';

/**
 * ClickHouse at one address, or at several addresses with the same rows. Queries take turns over
 * the healthy addresses.
 */
export interface ClickHouseAddresses {
  /**
   * Runs a query with a small answer. If an address fails in a way that another address may not,
   * the query runs at another address.
   *
   * @throws AddressError
   */
  ask<T>(query: (queries: QueryRunner) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /**
   * Runs a query that returns batches. After the first batch, the caller must handle a fault.
   *
   * @throws AddressError
   */
  read(
    query: (queries: QueryRunner) => AsyncIterable<RecordBatch>,
    signal: AbortSignal,
  ): AsyncGenerator<RecordBatch>;
  /**
   * Runs until `signal` aborts: probes addresses that failed and addresses where queries take long,
   * ends the queries of an address that stopped answering, and tries changed credentials.
   */
  watch(signal: AbortSignal): Promise<void>;
  /**
   * The revision of the credentials that every address in use has accepted. Undefined: no address
   * has accepted any yet. Addresses that do not answer do not count while another address answers.
   */
  revision(): number | undefined;
}

/** An address begins to fail, or begins to answer. The first answer is reported as well. */
export interface AddressChange {
  /** The URL without credentials. */
  readonly address: string;
  readonly isUp: boolean;
  /** The error, in the words of ClickHouse or the network. */
  readonly message: string | undefined;
}

/** What `createClickHouseAddresses` needs. */
export interface ClickHouseAddressesDeps extends QueryLimitDeps {
  readonly clock: Clock;
  readonly random: () => number;
  /** Absent: connections go through no proxy. */
  readonly proxy?: ProxyEnvironment | undefined;
  readonly onChange?: (change: AddressChange) => void;
  /**
   * Gets the reason why an address rejects changed credentials while the previous ones stay in use.
   */
  readonly renewal?: RenewalObserver;
}

/** How ClickHouse is reached at several addresses. */
export type ClickHouseAccesses = ClickHouseAccess & {
  readonly url: string;
  /** Further addresses that answer for the same rows. */
  readonly replicaUrls: readonly string[];
  /** The most queries at once, at all addresses together. */
  readonly maxConcurrentQueries?: number;
};

/** How often addresses are checked. */
const LOOK_MS = 1_000;

/** Makes the clients of all addresses. The clients are made again when the credentials change. */
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
    clients: new RenewedClients({
      clock: deps.clock,
      random: deps.random,
      credentials,
      make: (found) =>
        createClients(deps.clock, { ...clientOptions(url, access, found), proxy: deps.proxy }),
    }),
  }));
  const { maxConcurrentQueries = CONCURRENT_QUERIES_MAX } = access;
  return new Addresses(deps, addresses, maxConcurrentQueries);
}

/** A URL without its credentials, for metrics and messages. */
function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`.replace(/\/$/, '');
}

interface Address {
  readonly name: string;
  readonly clients: RenewedClients;
}

class Addresses implements ClickHouseAddresses {
  readonly #deps: ClickHouseAddressesDeps;
  readonly #all: readonly Address[];
  readonly #turns: AddressTurns;
  /** Probes and trials of credentials do not count. */
  readonly #limit: QueryLimit;
  /** The last failure of each address. */
  readonly #faults = new Map<number, unknown>();
  readonly #told = new Map<number, boolean>();
  /** The controllers that cancel the running queries, and the address of each query. */
  readonly #underWay = new Map<AbortController, number>();

  constructor(deps: ClickHouseAddressesDeps, all: readonly Address[], maxQueries: number) {
    this.#deps = deps;
    this.#all = all;
    this.#turns = new AddressTurns(all.length);
    const addresses = all.map(({ name }) => name);
    this.#limit = new QueryLimit(deps, { maxQueries, addresses });
  }

  async ask<T>(query: (queries: QueryRunner) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const once = async function* (queries: QueryRunner): AsyncGenerator<{ readonly answer: T }> {
      yield { answer: await query(queries) };
    };
    let found: { readonly answer: T } | undefined;
    const asked = this.#limit.run(() => this.#tryInTurn('answer', once, signal), signal);
    for await (const only of asked) found = only;
    assert(found !== undefined, 'a query that does not fail has an answer');
    return found.answer;
  }

  read(
    query: (queries: QueryRunner) => AsyncIterable<RecordBatch>,
    signal: AbortSignal,
  ): AsyncGenerator<RecordBatch> {
    return this.#limit.run(() => this.#tryInTurn('rows', query, signal), signal);
  }

  /** The answer to a query, from the first address that does not fail before it answers. */
  async *#tryInTurn<T>(
    kind: QueryKind,
    query: (queries: QueryRunner) => AsyncIterable<T>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<T> {
    const tried = new Set<number>();
    let failure: AddressError | undefined;
    for (let turn = this.#next(kind, tried); turn; turn = this.#next(kind, tried)) {
      const clients = this.#at(turn.address).clients.current();
      const silence = new AbortController();
      this.#underWay.set(silence, turn.address);
      let hasBegun = false;
      try {
        for await (const part of query(createQueryRunner(clients, silence.signal))) {
          hasBegun = true;
          yield part;
        }
        this.#succeeded(turn, clients);
        return;
      } catch (error) {
        const fault: unknown = silence.signal.aborted ? silence.signal.reason : error;
        failure = this.#failed(turn, { error: fault, clients }, signal);
        if (hasBegun || !failure.isOwn) throw failure;
      } finally {
        this.#underWay.delete(silence);
        this.#turns.end(turn);
      }
    }
    assert(failure !== undefined, 'there is always an address to ask first');
    throw failure;
  }

  #next(kind: QueryKind, tried: Set<number>): Turn | undefined {
    const turn = this.#turns.next(kind, tried, this.#deps.clock.monotonicMs());
    if (turn !== undefined) tried.add(turn.address);
    return turn;
  }

  #succeeded(turn: Turn, clients: Clients): void {
    this.#at(turn.address).clients.proved(clients);
    this.#turns.succeeded(turn);
    this.#tell(turn.address);
  }

  #failed(
    turn: Turn,
    { error, clients }: { readonly error: unknown; readonly clients: Clients },
    signal: AbortSignal | undefined,
  ): AddressError {
    const { clock, random } = this.#deps;
    const { name } = this.#at(turn.address);
    // A query that the caller cancelled says nothing about its address.
    if (signal?.aborted === true) return new AddressError([name], error, false);
    const { isOwn, kind } = clickHouseFailure(error);
    if (!isOwn) {
      this.#turns.succeeded(turn);
      if (kind !== 'authentication') this.#at(turn.address).clients.proved(clients);
      this.#tell(turn.address);
      return new AddressError([name], error, false);
    }
    this.#faults.set(turn.address, error);
    this.#turns.failed(turn, clock.monotonicMs(), random());
    this.#tell(turn.address);
    const isAnyUp = this.#all.some((_, address) => this.#turns.isUp(address));
    if (isAnyUp) return new AddressError([name], error, true);
    // Name all addresses, whichever was queried last, so that the status does not change with every
    // try.
    const all = this.#all.map((address) => address.name);
    return new AddressError(all, this.#faults.get(0) ?? error, true);
  }

  async watch(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS, signal);
      const probe = this.#turns.takeProbe(clock.monotonicMs());
      if (probe !== undefined) void this.#probe(probe, signal);
      for (const { clients } of this.#all) void this.#renew(clients, signal);
    }
  }

  revision(): number | undefined {
    const taken = this.#inUse().flatMap(({ clients }) => clients.revision() ?? []);
    return taken.length === 0 ? undefined : Math.min(...taken);
  }

  /** Addresses that have answered and do not fail now. All addresses when there is none. */
  #inUse(): readonly Address[] {
    const proven = this.#all.filter(({ clients }) => clients.revision() !== undefined);
    const up = proven.filter((address) => this.#turns.isUp(this.#all.indexOf(address)));
    return up.length > 0 ? up : this.#all;
  }

  async #renew(renewed: RenewedClients, signal: AbortSignal): Promise<void> {
    const { renewal } = this.#deps;
    await renewed.renew(signal);
    for (const { clients, name } of this.#inUse()) {
      const failure = clients.refusal();
      if (failure === undefined) continue;
      const message = failureSentence(failure, [name]);
      renewal?.found({ reason: clickHouseReason(failure.kind), message });
      return;
    }
    renewal?.solved();
  }

  async #probe({ address, why }: Probe, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    const outcome = await probeAddress(this.#at(address).clients.current(), why, signal);
    if (outcome.kind === 'well') this.#turns.probeSucceeded(address);
    if (outcome.kind !== 'failed') return;
    const { fault, isSilent } = outcome;
    this.#faults.set(address, fault);
    this.#turns.probeFailed(address, clock.monotonicMs(), random());
    this.#tell(address);
    if (isSilent) this.#endQueries(address, fault);
  }

  #endQueries(at: number, fault: unknown): void {
    for (const [silence, address] of this.#underWay) {
      if (address === at) silence.abort(fault);
    }
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
