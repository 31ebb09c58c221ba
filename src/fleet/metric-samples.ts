/** One line of a metric. */
export interface Sample {
  readonly name: string;
  /** As they are written, such as `{topic="a",reason="b"}`; empty: there are none. */
  readonly labels: string;
  readonly value: number;
}

/** A pod answers what it likes: more values of a label are left out. */
const LABEL_VALUES_MAX = 1_024;

/** A line of a metric: its name, perhaps labels, and the value. */
const SAMPLE = /^(?<name>[a-zA-Z_:][\w:]*)(?<labels>\{.*\})?\s+(?<value>\S+)/;
/** A label and its value, in which quotes and backslashes are escaped. */
const LABEL = /(?<label>\w+)="(?<value>(?:[^"\\]|\\.)*)"/g;

/**
 * The samples of some metrics in a text of Prometheus's exposition format, without those whose value is not a number.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function metricSamples(text: string, names: readonly string[]): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const { labels = '', name = '', value } = SAMPLE.exec(line)?.groups ?? {};
    if (!names.includes(name)) return [];
    const number = Number(value);
    return Number.isFinite(number) ? [{ name, labels, value: number }] : [];
  });
}

/** The sum of a metric over all its labels; 0 if it is absent. */
export function sumOf(samples: readonly Sample[], name: string): number {
  return samples.reduce((sum, each) => (each.name === name ? sum + each.value : sum), 0);
}

/**
 * A metric by the values of one of its labels.
 *
 * @param join makes one value of two samples that differ in other labels.
 * @returns the first values of the label; a sample without the label is not in the result.
 */
export function byLabel(
  samples: readonly Sample[],
  { label, name }: { readonly label: string; readonly name: string },
  join: (a: number, b: number) => number,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const sample of samples) {
    if (sample.name !== name) continue;
    const key = labelOf(sample, label);
    if (key === undefined) continue;
    const before = found.get(key);
    if (before !== undefined) found.set(key, join(before, sample.value));
    else if (found.size < LABEL_VALUES_MAX) found.set(key, sample.value);
  }
  return found;
}

/** No label that is asked for has characters that are escaped: they name topics, data sources and shards. */
function labelOf({ labels }: Sample, label: string): string | undefined {
  for (const { groups } of labels.matchAll(LABEL)) {
    if (groups?.['label'] === label) return groups['value'];
  }
  return undefined;
}
