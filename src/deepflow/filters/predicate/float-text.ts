/** The text of a number, like ClickHouse's `toString` of a Float64. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0';
  return String(value).replace('e+', 'e');
}
