const BYTE_UNITS = ['bytes', 'kB', 'MB', 'GB'] as const;
const SECOND_STEPS = [
  [60, 'less than a minute'],
  [120, 'more than a minute'],
  [300, 'more than 2 minutes'],
  [600, 'more than 5 minutes'],
  [1_800, 'more than 10 minutes'],
  [3_600, 'more than 30 minutes'],
  [7_200, 'more than an hour'],
  [14_400, 'more than 2 hours'],
  [43_200, 'more than 4 hours'],
  [86_400, 'more than 12 hours'],
] as const;

/** A number of bytes in words, such as `about 30 kB`, rounded to one digit so that it changes rarely. */
export function roundBytes(bytes: number): string {
  let value = Number(Math.max(0, bytes).toPrecision(1));
  let unit = 0;
  while (value >= 1_000 && unit < BYTE_UNITS.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `about ${value} ${BYTE_UNITS[unit] ?? ''}`;
}

/** A duration in words, in coarse steps so that it changes rarely. */
export function roundSeconds(seconds: number): string {
  return SECOND_STEPS.find(([below]) => seconds < below)?.[1] ?? 'more than a day';
}
