/**
 * Go's text of a time in UTC (`time.Time.String`): `2024-06-10 06:13:20.123456 +0000 UTC`, the
 * fraction without its trailing zeros and left out when it is zero.
 *
 * @param seconds whole seconds since the Unix epoch.
 * @param micros microseconds within the second, 0 to 999 999.
 */
export function utcTimeText(seconds: number, micros: number): string {
  const iso = new Date(seconds * 1000).toISOString();
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction} +0000 UTC`;
}
