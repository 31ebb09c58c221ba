/** A line of a metric: its name, perhaps labels, and the value. */
const SAMPLE = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{.*\})?\s+(?<value>\S+)/;

/**
 * The sums of some metrics over all their labels, in a text of Prometheus's exposition format.
 *
 * @returns the sums by name. A metric that is absent, or whose value is not a number, is not in the result.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function metricSums(text: string, names: readonly string[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const line of text.split('\n')) {
    const { name = '', value } = SAMPLE.exec(line)?.groups ?? {};
    if (!names.includes(name)) continue;
    const number = Number(value);
    if (Number.isFinite(number)) sums.set(name, (sums.get(name) ?? 0) + number);
  }
  return sums;
}
