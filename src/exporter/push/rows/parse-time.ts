import { timeZoneNamed } from '../../../lib/time-zone.ts';

const MICROS = 1_000_000n;
const MS_PER_MINUTE = 60_000;
const TIME =
  /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:(Z)|([+-])(\d{2}):(\d{2}))?$/;

/** Parses the text of a time. Undefined: the text is not a time. */
export type TimeReader = (text: string) => bigint | undefined;

/**
 * Reads times as ClickHouse prints them, `2026-01-31 08:00:00.123456`, and as in RFC 3339. Returns
 * microseconds since the Unix epoch, and cuts off further digits. Texts without an offset are local
 * times of `timeZone`. When a clock change repeats an hour, they mean the first of the two hours.
 *
 * @param timeZone an IANA name.
 * @throws when there is no such zone.
 */
export function timeReader(timeZone: string): TimeReader {
  const zone = timeZoneNamed(timeZone);
  if (zone === undefined) {
    throw new Error(`timeZone must be the name of an IANA time zone, but is "${timeZone}"`);
  }
  return (text) => {
    const found = TIME.exec(text);
    if (found === null) return undefined;
    const [, day = '', time = '', fraction = '', utc, sign, hours, minutes] = found;
    const localMs = Date.parse(`${day}T${time}Z`);
    // `Date` treats 31 February as a day of March.
    if (Number.isNaN(localMs) || !new Date(localMs).toISOString().startsWith(day)) return undefined;
    const west =
      utc === undefined && sign === undefined
        ? zone.parse(localMs)
        : (sign === '-' ? 1 : -1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
    const micros = BigInt(fraction.slice(0, 6).padEnd(6, '0'));
    return (BigInt(Math.round(localMs + west * MS_PER_MINUTE)) / 1000n) * MICROS + micros;
  };
}
