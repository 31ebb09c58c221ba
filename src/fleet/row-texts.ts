import { type ExporterRow, type RowError, secondsSince } from './exporter-row.ts';

/** Stands for what is not known. */
export const NONE = '-';

/** Seconds as kubectl writes ages: 45s, 12m, 5h, 3d. */
export function durationText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** The exact lag if a pod has told it, or else the step that the status has. */
export function lagText({ lagSeconds, lagStep }: ExporterRow): string {
  return lagSeconds === undefined ? (lagStep ?? NONE) : durationText(lagSeconds);
}

/** The revision in use and, while another one should be in use, that one. */
export function revisionText({ credentialsRevision, credentialsWanted }: ExporterRow): string {
  if (credentialsRevision === undefined && credentialsWanted === undefined) return NONE;
  if (credentialsRevision === credentialsWanted) return String(credentialsRevision);
  const used = credentialsRevision === undefined ? 'none' : String(credentialsRevision);
  return credentialsWanted === undefined ? used : `${used}, new ${credentialsWanted}`;
}

/** The reason of a problem and its age: `KafkaError for 4m`, or, when it is over, `KafkaError 5h ago`. */
export function errorText({ isNow, reason, time }: RowError, nowMs: number): string {
  const age = durationText(secondsSince(time, nowMs));
  return `${reason} ${isNow ? `for ${age}` : `${age} ago`}`;
}

/** A count in all its digits. */
export function countText(count: number | undefined): string {
  return count === undefined ? NONE : String(count);
}

/** A rate of records, such as 12.3k. */
export function rateText(perSecond: number | undefined): string {
  return perSecond === undefined ? NONE : scaled(perSecond, 1_000, ['', 'k', 'M', 'G']);
}

/** Bytes, or bytes per second, such as 2.5MiB. */
export function bytesText(bytes: number | undefined): string {
  return bytes === undefined ? NONE : scaled(bytes, 1_024, ['B', 'KiB', 'MiB', 'GiB']);
}

/** Cores of CPU, such as 0.23. */
export function coresText(cores: number | undefined): string {
  return cores === undefined ? NONE : cores.toFixed(cores < 10 ? 2 : 0);
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
