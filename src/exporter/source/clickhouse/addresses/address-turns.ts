import { type BackoffOptions, backoffMs } from '../../../../lib/backoff.ts';

/**
 * What a query answers: the rows of a window, or little. Each kind takes turns of its own: a count before every
 * reading would else always meet one address, and the reading the other.
 */
export type QueryKind = 'rows' | 'answer';

/** A query that is under way at an address. */
export interface Turn {
  /** Place of the address in the list. */
  readonly address: number;
  /** Grows with every turn. */
  readonly number: number;
}

/** How long an address that failed is left alone. */
const LEFT: BackoffOptions = { initialMs: 1_000, maxMs: 30_000 };
/**
 * An address at which a query is under way for so long is probed: it may be gone without a word. With the probe's own wait
 * that tells a server that stands still somewhat sooner than one of Kafka's, whose requests wait for 25 seconds.
 */
const LONG_MS = 10_000;

/** An address to look at, and why. */
export interface Probe {
  readonly address: number;
  /** `left`: it failed, and may be well again. `doubted`: it may have gone without a word. */
  readonly why: 'left' | 'doubted';
}

/** `left` alone, `probed` by a query of nobody's, `on trial` with one query at a time, or `well`. */
type State = 'well' | 'left' | 'probed' | 'on trial';

interface Address {
  state: State;
  /** When its turns since it last failed began, by their numbers. */
  readonly underWay: Map<number, number>;
  /** Number of the last turn of each kind. */
  readonly asked: Record<QueryKind, number>;
  /** In a row. */
  failures: number;
  /** Turns before this number began before it last failed, and say no more about it. */
  failedAt: number;
  leftUntilMs: number;
  /** It had not failed and was probed nevertheless. */
  doubtedMs: number;
}

/**
 * Which of several addresses is asked next, and which are left alone since they failed. Pure: times are milliseconds
 * that only grow, and come from the caller.
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

  /** True when what an address said last was no failure of its own. */
  isUp(address: number): boolean {
    return this.#addresses[address]?.failures === 0;
  }

  /**
   * The address to ask, with the fewest queries under way, and of these the one that waits for a query of the kind
   * for longest. Undefined: those left that `tried` has not are not well. With nothing tried there is always one: where
   * none is well, the one whose wait ends first.
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

  /** The address answered, if only that the query is wrong. */
  succeeded(turn: Turn): void {
    const address = this.#addresses[turn.address];
    if (address === undefined || turn.number < address.failedAt) return;
    address.state = 'well';
    address.failures = 0;
  }

  /** The address failed in a way that another may not. Queries that one fault ends together are one failure. */
  failed(turn: Turn, nowMs: number, random: number): void {
    const address = this.#addresses[turn.address];
    if (address !== undefined && turn.number >= address.failedAt)
      this.#leave(address, nowMs, random);
  }

  /** The query is over, however it ended. */
  end(turn: Turn): void {
    this.#addresses[turn.address]?.underWay.delete(turn.number);
  }

  /** An address that is to be probed now: its wait is over, or a query has been under way there for long. */
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

  /** A probe was answered: queries may try the address, one at a time, until one succeeds. */
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
