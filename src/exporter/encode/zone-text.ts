import moment from 'moment-timezone';

/** What a zone says between two changes of its clock. */
interface Period {
  /** Half-open, in seconds since the Unix epoch. */
  readonly from: number;
  readonly until: number;
  /** Seconds to add to UTC. */
  readonly offset: number;
  /** Offset and abbreviation as Go writes them, with a space before each. */
  readonly suffix: string;
}

/**
 * Compiles Go's text of a time in a zone (`time.Time.String`): `2024-06-10 14:13:20.123456 +0800 CST`, the
 * fraction without its trailing zeros and left out when it is zero. Zones without an abbreviation in letters
 * have their offset in its place, as the tz database says. The function takes whole seconds since the Unix
 * epoch and the microseconds within the second, 0 to 999 999; within a period between two changes of the
 * zone's clock it looks nothing up.
 *
 * @param timeZone IANA name.
 * @throws when there is no such zone.
 */
export function compileTimeText(timeZone: string): (seconds: number, micros: number) => string {
  const zone = zoneNamed(timeZone);
  let period = periodAt(zone, 0);
  let lastSecond = Number.NaN;
  let lastText = '';
  return (seconds, micros) => {
    if (seconds !== lastSecond) {
      if (seconds < period.from || seconds >= period.until) period = periodAt(zone, seconds);
      const iso = new Date((seconds + period.offset) * 1000).toISOString();
      lastText = `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
      lastSecond = seconds;
    }
    if (micros === 0) return lastText + period.suffix;
    const fraction = String(micros).padStart(6, '0').replace(/0+$/, '');
    return `${lastText}.${fraction}${period.suffix}`;
  };
}

/**
 * A regular expression that every text of `compileTimeText` in this zone matches from 1900 on, where ClickHouse's
 * times begin.
 *
 * @throws when there is no such zone.
 */
export function timeTextPattern(timeZone: string): string {
  const zone = zoneNamed(timeZone);
  const suffixes = new Set<string>();
  for (let second = Date.UTC(1900, 0) / 1000; Number.isFinite(second); ) {
    const { suffix, until } = periodAt(zone, second);
    suffixes.add(suffix);
    second = until;
  }
  const alternatives = [...suffixes].map((suffix) => suffix.replaceAll('+', '\\+')).join('|');
  return `^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}(\\.\\d{0,5}[1-9])?(${alternatives})$`;
}

function zoneNamed(timeZone: string): moment.MomentZone {
  const zone = moment.tz.zone(timeZone);
  if (zone?.name === timeZone) return zone;
  throw new Error(
    `timeZone must be the name of a zone in the IANA time zone database, for example Asia/Shanghai, but is ${JSON.stringify(timeZone)}`,
  );
}

function periodAt(zone: moment.MomentZone, seconds: number): Period {
  const ms = seconds * 1000;
  const found = zone.untils.findIndex((until) => ms < until);
  const i = found === -1 ? zone.untils.length - 1 : found;
  // Minutes west of UTC; fractions of one are local mean times before time zones.
  const minutes = -(zone.offsets[i] ?? 0);
  return {
    from: (zone.untils[i - 1] ?? Number.NEGATIVE_INFINITY) / 1000,
    until: (zone.untils[i] ?? Number.POSITIVE_INFINITY) / 1000,
    offset: Math.round(minutes * 60),
    suffix: ` ${offsetText(Math.trunc(minutes))} ${zone.abbrs[i] ?? ''}`,
  };
}

/** Minutes east of UTC as `+hhmm` or `-hhmm`. */
function offsetText(minutes: number): string {
  const east = Math.abs(minutes);
  const digits = String(Math.floor(east / 60) * 100 + (east % 60)).padStart(4, '0');
  return `${minutes < 0 ? '-' : '+'}${digits}`;
}
