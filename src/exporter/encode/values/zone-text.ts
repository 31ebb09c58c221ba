import type moment from 'moment-timezone';
import { timeZoneNamed } from '../../../lib/time-zone.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';

/** The offset and abbreviation of a zone between two clock changes. */
interface Period {
  /** Half-open, in seconds since the Unix epoch. */
  readonly from: number;
  readonly until: number;
  /** Seconds to add to UTC. */
  readonly offset: number;
  /** Offset and abbreviation as Go writes them, with a space before each. */
  readonly suffix: Buffer;
}

const SECONDS_PER_DAY = 86_400;
/**
 * One day after the beginning of the year 1, and one day before the end of the year 9999, in UTC.
 * So the times between are in these years in every zone.
 */
const FIRST_SECOND = Date.parse('0001-01-02') / 1000;
const LAST_SECOND = Date.parse('9999-12-30') / 1000;
const ZERO = 0x30;
const SPACE = 0x20;
const COLON = 0x3a;
const DOT = 0x2e;

/** The length of the longest text of a time. */
export const TIME_TEXT_MAX = 64;

/**
 * Go's text of a time in a zone (`time.Time.String`): `2024-06-10 14:13:20.123456 +0800 CST`, The
 * fraction has no trailing zeros, and is left out when it is zero. If a zone has no alphabetic
 * abbreviation, the offset is in its place, as in the tz database. Within one day and one period
 * between two clock changes, no lookup is needed.
 */
export class ZoneText {
  readonly #zone: moment.MomentZone;
  #period: Period;
  #day = Number.NaN;
  #date = Buffer.alloc(0);

  /**
   * @param timeZone IANA name.
   * @throws when there is no such zone.
   */
  constructor(timeZone: string) {
    this.#zone = zoneNamed(timeZone);
    this.#period = periodAt(this.#zone, 0);
  }

  /**
   * Writes whole seconds since the Unix epoch and the microseconds within the second, 0 to 999 999.
   * The caller reserves room. Times before the year 1 and after 9999, which ClickHouse cannot
   * store, become the nearest time in this range.
   */
  write(writer: ByteWriter, anySeconds: number, micros: number): void {
    const seconds = Math.min(Math.max(anySeconds, FIRST_SECOND), LAST_SECOND);
    if (seconds < this.#period.from || seconds >= this.#period.until) {
      this.#period = periodAt(this.#zone, seconds);
    }
    const { offset, suffix } = this.#period;
    const local = seconds + offset;
    const day = Math.floor(local / SECONDS_PER_DAY);
    if (day !== this.#day) {
      const iso = new Date(day * SECONDS_PER_DAY * 1000).toISOString();
      this.#date = Buffer.from(iso.slice(0, iso.indexOf('T')));
      this.#day = day;
    }
    writer.copy(this.#date);
    const second = local - day * SECONDS_PER_DAY;
    writeTwo(writer, SPACE, Math.floor(second / 3600));
    writeTwo(writer, COLON, Math.floor(second / 60) % 60);
    writeTwo(writer, COLON, second % 60);
    if (micros > 0) writeFraction(writer, micros);
    writer.copy(suffix);
  }
}

/** Writes a sign and a number below 100 as two digits. */
function writeTwo(writer: ByteWriter, sign: number, value: number): void {
  writer.byte(sign);
  writer.byte(ZERO + Math.floor(value / 10));
  writer.byte(ZERO + (value % 10));
}

/** Writes a decimal point and six digits without trailing zeros. */
function writeFraction(writer: ByteWriter, micros: number): void {
  writer.byte(DOT);
  let rest = micros;
  for (let unit = 100_000; rest > 0; unit /= 10) {
    const digit = Math.floor(rest / unit);
    writer.byte(ZERO + digit);
    rest -= digit * unit;
  }
}

/**
 * A regular expression that every text of a time in this zone matches from 1900 on, where
 * ClickHouse's times begin.
 *
 * @throws when there is no such zone.
 */
export function timeTextPattern(timeZone: string): string {
  const zone = zoneNamed(timeZone);
  const suffixes = new Set<string>();
  for (let second = Date.UTC(1900, 0) / 1000; Number.isFinite(second); ) {
    const { suffix, until } = periodAt(zone, second);
    suffixes.add(suffix.toString());
    second = until;
  }
  const alternatives = [...suffixes].map((suffix) => suffix.replaceAll('+', '\\+')).join('|');
  return `^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}(\\.\\d{0,5}[1-9])?(${alternatives})$`;
}

function zoneNamed(timeZone: string): moment.MomentZone {
  const zone = timeZoneNamed(timeZone);
  if (zone !== undefined) return zone;
  throw new Error(
    `timeZone must be the name of a zone in the IANA time zone database, for example Asia/Shanghai, but is ${JSON.stringify(timeZone)}`,
  );
}

function periodAt(zone: moment.MomentZone, seconds: number): Period {
  const ms = seconds * 1000;
  const found = zone.untils.findIndex((until) => ms < until);
  const i = found === -1 ? zone.untils.length - 1 : found;
  // Minutes west of UTC. Fractions of a minute come from local mean times, before there were time
  // zones.
  const minutes = -(zone.offsets[i] ?? 0);
  return {
    from: (zone.untils[i - 1] ?? Number.NEGATIVE_INFINITY) / 1000,
    until: (zone.untils[i] ?? Number.POSITIVE_INFINITY) / 1000,
    offset: Math.round(minutes * 60),
    suffix: Buffer.from(` ${offsetText(Math.trunc(minutes))} ${zone.abbrs[i] ?? ''}`),
  };
}

/** Minutes east of UTC as `+hhmm` or `-hhmm`. */
function offsetText(minutes: number): string {
  const east = Math.abs(minutes);
  const digits = String(Math.floor(east / 60) * 100 + (east % 60)).padStart(4, '0');
  return `${minutes < 0 ? '-' : '+'}${digits}`;
}
