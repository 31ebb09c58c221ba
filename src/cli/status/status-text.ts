import type { ExporterRow, RowError } from '../../fleet/exporter-row.ts';
import {
  bytesText,
  countText,
  durationText,
  errorText,
  lagText,
  NONE,
  rateText,
  revisionText,
} from '../../fleet/row-texts.ts';
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
    lastErrorText(row.lastError, { isWide, nowMs }),
    ...(isWide ? [row.message] : []),
  ]);
  return textTable([headings, ...cells.map((row) => row.map(visibleText))]);
}

function lastErrorText(
  error: RowError | undefined,
  { isWide, nowMs }: Pick<StatusTable, 'isWide' | 'nowMs'>,
): string {
  if (error === undefined) return NONE;
  return `${errorText(error, nowMs)}${isWide ? `: ${error.message}` : ''}`;
}

function listText(texts: readonly string[]): string {
  return texts.length === 0 ? NONE : texts.join(',');
}
