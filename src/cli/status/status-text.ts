import { type ExporterRow, type RowError, secondsSince } from '../../fleet/exporter-row.ts';
import { visibleText } from '../../lib/visible-text.ts';
import { textTable } from '../text-table.ts';

/** How the table is shown. */
export interface StatusTable {
  /** True: with the namespace of each exporter. */
  readonly withNamespace: boolean;
  /** True: with data sources, topics and messages, which are long. */
  readonly isWide: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

const NONE = '-';

/** Exporters as a table of text. It has no control characters but line ends, whatever the resources and pods say. */
export function statusText(rows: readonly ExporterRow[], table: StatusTable): string {
  const { isWide, nowMs, withNamespace } = table;
  const headings = [
    ...(withNamespace ? ['NAMESPACE'] : []),
    ...['NAME', 'READY', 'REASON', 'PODS', 'LAG', 'RECORDS/S', 'BYTES/S', 'RETRIES', 'REVISION'],
    ...(isWide ? ['AGE', 'SOURCES', 'TOPICS'] : []),
    'LAST ERROR',
    ...(isWide ? ['MESSAGE'] : []),
  ];
  const cells = rows.map((row) => [
    ...(withNamespace ? [row.namespace] : []),
    ...[row.name, row.ready, row.reason, row.pods ?? NONE, lagText(row)],
    ...[rateText(row.recordsPerSecond), bytesText(row.bytesPerSecond)],
    ...[countText(row.retries), revisionText(row)],
    ...(isWide
      ? [
          row.ageSeconds === undefined ? NONE : durationText(row.ageSeconds),
          listText(row.dataSources),
          listText(Object.values(row.topics)),
        ]
      : []),
    errorText(row.lastError, { isWide, nowMs }),
    ...(isWide ? [row.message] : []),
  ]);
  return textTable([headings, ...cells.map((row) => row.map(visibleText))]);
}

/** Seconds as kubectl writes ages: 45s, 12m, 5h, 3d. */
export function durationText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** The exact lag if a pod has told it, or else the step that the status has. */
function lagText({ lagSeconds, lagStep }: ExporterRow): string {
  return lagSeconds === undefined ? (lagStep ?? NONE) : durationText(lagSeconds);
}

/** The revision in use and, while another one should be in use, that one. */
function revisionText({ credentialsRevision, credentialsWanted }: ExporterRow): string {
  if (credentialsRevision === undefined && credentialsWanted === undefined) return NONE;
  if (credentialsRevision === credentialsWanted) return String(credentialsRevision);
  const used = credentialsRevision === undefined ? 'none' : String(credentialsRevision);
  return credentialsWanted === undefined ? used : `${used}, new ${credentialsWanted}`;
}

function errorText(
  error: RowError | undefined,
  { isWide, nowMs }: Pick<StatusTable, 'isWide' | 'nowMs'>,
): string {
  if (error === undefined) return NONE;
  const age = durationText(secondsSince(error.time, nowMs));
  const when = error.isNow ? `for ${age}` : `${age} ago`;
  return `${error.reason} ${when}${isWide ? `: ${error.message}` : ''}`;
}

function listText(texts: readonly string[]): string {
  return texts.length === 0 ? NONE : texts.join(',');
}

function countText(count: number | undefined): string {
  return count === undefined ? NONE : String(count);
}

function rateText(perSecond: number | undefined): string {
  return perSecond === undefined ? NONE : scaled(perSecond, 1_000, ['', 'k', 'M', 'G']);
}

function bytesText(perSecond: number | undefined): string {
  return perSecond === undefined ? NONE : scaled(perSecond, 1_024, ['B', 'KiB', 'MiB', 'GiB']);
}

/** Three significant digits are enough to compare by eye. */
function scaled(value: number, base: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  while (rest >= base && unit < units.length - 1) {
    rest /= base;
    unit++;
  }
  const digits = rest >= 100 || (unit === 0 && Number.isInteger(rest)) ? 0 : 1;
  return `${rest.toFixed(digits)}${units[unit] ?? ''}`;
}
