import { type ExporterRow, needsAttention } from '../fleet/exporter-row.ts';
import { bytesText, coresText, rateText } from '../fleet/row-texts.ts';
import type { NamespaceTotals } from './contract/fleet.ts';

type Amount = 'bytesPerSecond' | 'cpuCores' | 'memoryBytes' | 'recordsPerSecond';

/** What the exporters of each namespace do and use, the namespace with the most records first. */
export function namespaceTotals(rows: readonly ExporterRow[]): readonly NamespaceTotals[] {
  const byNamespace = Map.groupBy(rows, ({ namespace }) => namespace);
  return [...byNamespace]
    .toSorted(
      ([a, ofA], [b, ofB]) =>
        (total(ofB, 'recordsPerSecond') ?? 0) - (total(ofA, 'recordsPerSecond') ?? 0) ||
        (a < b ? -1 : 1),
    )
    .map(([namespace, exporters]) => ({
      namespace,
      exporters: exporters.length,
      needAttention: exporters.filter((row) => needsAttention(row)).length,
      recordsText: rateText(total(exporters, 'recordsPerSecond')),
      bytesText: bytesText(total(exporters, 'bytesPerSecond')),
      cpuText: coresText(total(exporters, 'cpuCores')),
      memoryText: bytesText(total(exporters, 'memoryBytes')),
    }));
}

/** The sum over the exporters for which it is known; undefined: it is known for none. */
function total(rows: readonly ExporterRow[], amount: Amount): number | undefined {
  const known = rows.flatMap((row) => row[amount] ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, each) => sum + each, 0);
}
