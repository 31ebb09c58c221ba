import moment from 'moment-timezone';

/**
 * The time zone of a name in the IANA time zone database. Undefined: no zone has exactly this name.
 * Upper and lower case count. Abbreviations such as CST, which several zones share, are not names.
 */
export function timeZoneNamed(name: string): moment.MomentZone | undefined {
  const zone = moment.tz.zone(name);
  return zone?.name === name ? zone : undefined;
}
