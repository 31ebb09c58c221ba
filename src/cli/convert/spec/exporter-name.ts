/**
 * The name of the KafkaExporter for data sources: `l7-flow-log` for a single one, `flow-log` for several of one database, and
 * `deepflow` otherwise. It does not depend on the other exporters of the file, so that an exporter keeps its name, and with it
 * its progress, when another one is added. Only exporters that would have the same name get a number, in the order of the file.
 *
 * @param asked the value of `--name`: the whole name of the only exporter, or the beginning of each name.
 */
export function exporterName(
  dataSources: readonly string[],
  asked: { readonly name: string | undefined; readonly isOnly: boolean },
  taken: ReadonlySet<string>,
): string {
  const own = stem(dataSources);
  const several = asked.name === undefined ? own : `${asked.name}-${own}`;
  const name = asked.isOnly ? (asked.name ?? own) : several;
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function stem(dataSources: readonly string[]): string {
  const [first, ...others] = dataSources;
  if (first === undefined) return 'deepflow';
  const [database = '', ...table] = first.split('.');
  if (others.length === 0) return table.join('-').replaceAll('_', '-');
  const isOne = others.every((each) => each.startsWith(`${database}.`));
  return isOne ? database.replaceAll('_', '-') : 'deepflow';
}
