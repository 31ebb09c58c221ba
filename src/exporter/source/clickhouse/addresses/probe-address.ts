import { clickHouseFailure } from '../errors/clickhouse-error.ts';
import type { Probe } from './address-turns.ts';
import { silentError } from '../errors/answer-error.ts';
import { type Clients, createQueryRunner } from '../connection/query-runner.ts';
import { TRIAL_MS, TRIAL_QUERY } from '../connection/renewed-clients.ts';

/** What a probe has found. */
export type ProbeOutcome =
  | { readonly kind: 'well' }
  | { readonly kind: 'given up' }
  /** `isSilent`: nothing was answered within `TRIAL_MS`. */
  | { readonly kind: 'failed'; readonly fault: unknown; readonly isSilent: boolean };

/**
 * Asks an address over a new connection, so that nobody's query has to find out whether it is there. One that was left must
 * answer a query. One where a query takes long need only say that it is there: `/ping` waits for no other query.
 */
export async function probeAddress(
  { fresh, settings }: Clients,
  why: Probe['why'],
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const silence = AbortSignal.timeout(TRIAL_MS);
  const ended = AbortSignal.any([signal, silence]);
  try {
    if (why === 'left') {
      await createQueryRunner({ kept: fresh, fresh, settings }, ended).command({
        query: TRIAL_QUERY,
      });
    } else {
      const ping = await fresh.ping({ select: false, abort_signal: ended });
      // An answer of any kind shows that somebody is there.
      if (!ping.success && (silence.aborted || 'code' in ping.error)) throw ping.error;
    }
  } catch (error) {
    if (signal.aborted) return { kind: 'given up' };
    if (silence.aborted) return { kind: 'failed', fault: silentError(TRIAL_MS), isSilent: true };
    if (clickHouseFailure(error).isOwn) return { kind: 'failed', fault: error, isSilent: false };
  }
  return { kind: 'well' };
}
