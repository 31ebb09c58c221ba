import { type BackoffOptions, backoffMs } from '../../../../lib/backoff.ts';

/**
 * The kind of a query: it returns the rows of a window (`rows`), or a small answer (`answer`). Each
 * kind has its own turns. Otherwise, with two addresses, the counts before each reading would
 * always go to one address, and the readings to the other.
 */
export type QueryKind = 'rows' | 'answer';

/** A query that runs at an address. */
export interface Turn {
  /** The index of the address in the list. */
  readonly address: number;
  /** The number of the turn, which grows with every turn. */
  readonly number: number;
}

/** How long an address that failed is not used. */
const LEFT: BackoffOptions = { initialMs: 1_000, maxMs: 30_000 };
/**
 * An address is probed when a query has run there for this long, since the address may have stopped
 * answering. Together with the wait of the probe, this finds a hanging ClickHouse server somewhat
 * sooner than a hanging Kafka broker, whose requests wait for 25 seconds.
 */
const LONG_MS = 10_000;

/** An address to probe, and why. */
export interface Probe {
  readonly address: number;
  /**
   * `left`: the address failed, and may be healthy again. `doubted`: the address may have stopped
   * answering.
   */
  readonly why: 'left' | 'doubted';
}

/**
 * The address is healthy (`well`), not used after a failure (`left`), being probed (`probed`), or
 * used for one query at a time (`on trial`).
 */
type State = 'well' | 'left' | 'probed' | 'on trial';

interface Address {
  state: State;
  /** When the turns began that started after the last failure, by their numbers. */
  readonly underWay: Map<number, number>;
  /** The number of the last turn of each kind. */
  readonly asked: Record<QueryKind, number>;
  /** The number of failures in a row. */
  failures: number;
  /** Turns with lower numbers began before the last failure, and their results no longer count. */
  failedAt: number;
  leftUntilMs: number;
  /** When the address was last probed without a failure. */
  doubtedMs: number;
}

/**
 * Decides which of several addresses gets the next query, and which are not used since they failed.
 * Pure: the caller passes the times, in monotonic milliseconds.
 */
export class AddressTurns {
  readonly #addresses: readonly Address[];
  #number = 0;

  constructor(count: number) {
    this.#addresses = Array.from({ length: count }, () => ({
      state: 'well',
      underWay: new Map<number, number>(),
      asked: { rows: 0, answer: 0 },
      failures: 0,
      failedAt: 0,
      leftUntilMs: 0,
      doubtedMs: -LONG_MS,
    }));
  }

  /** True when the last result of an address was not a failure of the address. */
  isUp(address: number): boolean {
    return this.#addresses[address]?.failures === 0;
  }

  /**
   * The address for the next query: an address with the fewest running queries, and of these the
   * one whose last query of this kind is oldest. Undefined: all addresses that are not in `tried`
   * are unhealthy. When `tried` is empty, there is always an address: if no address is healthy, the
   * one whose wait ends first.
   */
  next(kind: QueryKind, tried: ReadonlySet<number>, nowMs: number): Turn | undefined {
    const untried = [...this.#addresses.entries()].filter(([at]) => !tried.has(at));
    const well = untried.filter(([, address]) => isAskable(address));
    const [best] =
      well.length > 0
        ? well.toSorted(([, a], [, b]) => fewest(a, b) || a.asked[kind] - b.asked[kind])
        : tried.size === 0
          ? untried.toSorted(([, a], [, b]) => fewest(a, b) || a.leftUntilMs - b.leftUntilMs)
          : [];
    if (best === undefined) return undefined;
    const [at, address] = best;
    const number = ++this.#number;
    address.asked[kind] = number;
    address.underWay.set(number, nowMs);
    return { address: at, number };
  }

  /** Records that the address answered, even if the answer was that the query is wrong. */
  succeeded(turn: Turn): void {
    const address = this.#addresses[turn.address];
    if (address === undefined || turn.number < address.failedAt) return;
    address.state = 'well';
    address.failures = 0;
  }

  /**
   * Records a failure that another address may not have. Queries that one fault ends together count
   * as one failure.
   */
  failed(turn: Turn, nowMs: number, random: number): void {
    const address = this.#addresses[turn.address];
    if (address !== undefined && turn.number >= address.failedAt)
      this.#leave(address, nowMs, random);
  }

  /** Records that the query has ended, in whatever way. */
  end(turn: Turn): void {
    this.#addresses[turn.address]?.underWay.delete(turn.number);
  }

  /**
   * Takes an address that must be probed now: its wait is over, or a query has run there for a long
   * time.
   */
  takeProbe(nowMs: number): Probe | undefined {
    for (const [at, address] of this.#addresses.entries()) {
      if (address.state === 'left' && address.leftUntilMs <= nowMs) {
        address.state = 'probed';
        return { address: at, why: 'left' };
      }
      if (isDoubtful(address, nowMs)) {
        address.doubtedMs = nowMs;
        return { address: at, why: 'doubted' };
      }
    }
    return undefined;
  }

  /**
   * Records that a probe was answered: queries may use the address, one at a time, until one
   * succeeds.
   */
  probeSucceeded(at: number): void {
    const address = this.#addresses[at];
    if (address?.state === 'probed') address.state = 'on trial';
  }

  probeFailed(at: number, nowMs: number, random: number): void {
    const address = this.#addresses[at];
    if (address !== undefined && address.state !== 'left') this.#leave(address, nowMs, random);
  }

  #leave(address: Address, nowMs: number, random: number): void {
    address.state = 'left';
    address.leftUntilMs = nowMs + backoffMs(LEFT, address.failures, random);
    address.failures++;
    address.failedAt = ++this.#number;
    address.underWay.clear();
  }
}

function isAskable({ state, underWay }: Address): boolean {
  return state === 'well' || (state === 'on trial' && underWay.size === 0);
}

function isDoubtful({ state, underWay, doubtedMs }: Address, nowMs: number): boolean {
  const sinceMs = Math.max(doubtedMs, Math.min(...underWay.values()));
  return (state === 'well' || state === 'on trial') && nowMs - sinceMs >= LONG_MS;
}

function fewest(a: Address, b: Address): number {
  return a.underWay.size - b.underWay.size;
}
