import { clickHouseFailure } from '../errors/clickhouse-error.ts';
import type { Probe } from './address-turns.ts';
import { silentError } from '../errors/answer-error.ts';
import { type Clients, createQueryRunner } from '../connection/query-runner.ts';
import { TRIAL_MS, TRIAL_QUERY } from '../connection/renewed-clients.ts';

/** The result of a probe. */
export type ProbeOutcome =
  | { readonly kind: 'well' }
  | { readonly kind: 'given up' }
  /** `isSilent`: nothing was answered within `TRIAL_MS`. */
  | { readonly kind: 'failed'; readonly fault: unknown; readonly isSilent: boolean };

/**
 * Probes an address over a new connection, so that no query of the exporter has to find out whether
 * the address answers. An address that failed must answer a query. An address where a query takes
 * long need only answer `/ping`, which does not wait for other queries.
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
      // An answer of any kind shows that the server still answers.
      if (!ping.success && (silence.aborted || 'code' in ping.error)) throw ping.error;
    }
  } catch (error) {
    if (signal.aborted) return { kind: 'given up' };
    if (silence.aborted) return { kind: 'failed', fault: silentError(TRIAL_MS), isSilent: true };
    if (clickHouseFailure(error).isOwn) return { kind: 'failed', fault: error, isSilent: false };
  }
  return { kind: 'well' };
}
