import { type BackoffOptions, backoffMs } from '../../../../lib/backoff.ts';
import type { Clock } from '../../../../lib/clock.ts';
import { type ClickHouseFailure, clickHouseFailure } from '../errors/clickhouse-error.ts';
import { silentError } from '../errors/answer-error.ts';
import type { ClickHouseCredentials } from './clickhouse-access.ts';
import { type Clients, createQueryRunner } from './query-runner.ts';

/** What renewing needs. */
export interface RenewedClientsDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly make: (credentials: ClickHouseCredentials) => Clients;
  readonly credentials: () => ClickHouseCredentials;
}

/** How long to wait for the answer to a trial query. */
export const TRIAL_MS = 5_000;
/** A query without a result: ClickHouse must accept the login and run a query. */
export const TRIAL_QUERY = 'SELECT 1 FORMAT Null';
const RETRY: BackoffOptions = { initialMs: 250, maxMs: 5_000 };

/**
 * The kinds of failures that show that the server did not accept the login, or could not be
 * reached.
 */
const NO_LOGIN: ReadonlySet<ClickHouseFailure['kind']> = new Set([
  'authentication',
  'certificate',
  'client-certificate',
  'unreachable',
  'silent',
  'foreign',
]);

interface InUse {
  readonly clients: Clients;
  /** The credentials as one text, for comparison. */
  readonly content: string;
  readonly revision: number | undefined;
  /** True: ClickHouse has answered a query with these credentials. */
  readonly isProven: boolean;
}

/**
 * The clients of one address. Changed credentials are first tried with a trial query. The current
 * credentials stay in use until the address has accepted the new ones. Old clients end with their
 * last query.
 */
export class RenewedClients {
  readonly #deps: RenewedClientsDeps;
  #inUse: InUse;
  #isTrying = false;
  #failures = 0;
  #retryAtMs = 0;
  /** The credentials that failed last. */
  #tried: string | undefined;
  #failure: ClickHouseFailure | undefined;

  constructor(deps: RenewedClientsDeps) {
    this.#deps = deps;
    this.#inUse = this.#make(false);
  }

  /** Returns the clients to use now. */
  current(): Clients {
    // Credentials that have never worked can be replaced without a trial.
    if (!this.#inUse.isProven && this.#isChanged()) this.#inUse = this.#make(false);
    return this.#inUse.clients;
  }

  /** Records that ClickHouse has answered, even if the answer was that a query is wrong. */
  proved(clients: Clients): void {
    if (clients === this.#inUse.clients) this.#inUse = { ...this.#inUse, isProven: true };
  }

  /** The revision of the credentials that the address has accepted. Undefined: none yet. */
  revision(): number | undefined {
    if (!this.#inUse.isProven) return undefined;
    return this.#isChanged() ? this.#inUse.revision : this.#deps.credentials().revision;
  }

  /** Why the address rejects changed credentials. Undefined: it accepts them, or there are none. */
  refusal(): ClickHouseFailure | undefined {
    return this.#failure;
  }

  /** Tries changed credentials when a try is due. It never fails. */
  async renew(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    if (!this.#isChanged()) {
      this.#keepRevision();
      this.#failure = undefined;
      return;
    }
    const wanted = contentOf(this.#deps.credentials());
    const isNew = wanted !== this.#tried;
    if (this.#isTrying || !this.#inUse.isProven) return;
    if (!isNew && clock.monotonicMs() < this.#retryAtMs) return;
    this.#isTrying = true;
    this.#tried = wanted;
    if (isNew) {
      this.#failures = 0;
      this.#failure = undefined;
    }
    const next = this.#make(true);
    const failure = await tryOut(next.clients, signal);
    this.#isTrying = false;
    if (signal.aborted) return;
    if (failure !== undefined) {
      this.#failure = failure;
      this.#retryAtMs = clock.monotonicMs() + backoffMs(RETRY, this.#failures++, random());
      return;
    }
    this.#inUse = next;
    this.#failure = undefined;
  }

  #make(isProven: boolean): InUse {
    const credentials = this.#deps.credentials();
    const clients = this.#deps.make(credentials);
    return { clients, content: contentOf(credentials), revision: credentials.revision, isProven };
  }

  #isChanged(): boolean {
    return contentOf(this.#deps.credentials()) !== this.#inUse.content;
  }

  /**
   * A new revision may change only credentials of other systems. Then the clients stay and get the
   * new revision.
   */
  #keepRevision(): void {
    const { revision } = this.#deps.credentials();
    if (revision !== this.#inUse.revision) this.#inUse = { ...this.#inUse, revision };
  }
}

function contentOf({
  clickHouseUsername,
  clickHousePassword,
  clickHouseCa,
  clickHouseClientCertificate,
  clickHouseClientKey,
}: ClickHouseCredentials): string {
  return JSON.stringify([
    clickHouseUsername,
    clickHousePassword,
    clickHouseCa,
    clickHouseClientCertificate,
    clickHouseClientKey,
  ]);
}

/**
 * Why new clients cannot be used. Undefined: ClickHouse has accepted the login, even if the query
 * failed.
 */
async function tryOut(
  { fresh, settings }: Clients,
  signal: AbortSignal,
): Promise<ClickHouseFailure | undefined> {
  const silence = AbortSignal.timeout(TRIAL_MS);
  const runner = createQueryRunner(
    { kept: fresh, fresh, settings },
    AbortSignal.any([signal, silence]),
  );
  try {
    await runner.command({ query: TRIAL_QUERY });
    return undefined;
  } catch (error) {
    const failure = clickHouseFailure(silence.aborted ? silentError(TRIAL_MS) : error);
    return NO_LOGIN.has(failure.kind) ? failure : undefined;
  }
}
