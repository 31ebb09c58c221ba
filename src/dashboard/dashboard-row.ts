import { type CredentialState, credentialText } from '../fleet/credential-state.ts';
import { type ExporterRow, needsAttention } from '../fleet/exporter-row.ts';
import { bytesText, errorText, lagText, rateText } from '../fleet/row-texts.ts';
import { visibleText } from '../lib/visible-text.ts';
import type { DashboardRow } from './contract/fleet.ts';

/** A row of the fleet as the page shows it, without characters that change how text is shown. */
export function dashboardRow(
  row: ExporterRow,
  credentials: CredentialState,
  nowMs: number,
): DashboardRow {
  const { bytesPerSecond, lagSeconds, lastError, recordsPerSecond, retries, retriesPerSecond } =
    row;
  return {
    namespace: row.namespace,
    name: row.name,
    ready: visibleText(row.ready),
    reason: visibleText(row.reason),
    message: visibleText(row.message),
    needsAttention: needsAttention(row),
    pods: row.pods,
    lagSeconds,
    lagText: lagText(row),
    recordsPerSecond,
    recordsText: rateText(recordsPerSecond),
    bytesPerSecond,
    bytesText: bytesText(bytesPerSecond),
    retries,
    errorsPerSecond: retriesPerSecond,
    errorsText: rateText(retriesPerSecond),
    credentials: credentialText(credentials),
    ...(lastError === undefined
      ? {}
      : {
          error: {
            ...lastError,
            reason: visibleText(lastError.reason),
            message: visibleText(lastError.message),
            text: visibleText(errorText(lastError, nowMs)),
          },
        }),
    topics: Object.fromEntries(
      Object.entries(row.topics).map(([source, topic]) => [source, visibleText(topic)]),
    ),
  };
}
