import { type ExporterRow, exporterRow } from './exporter-row.ts';
import type { ExporterReading, FleetReading } from './fleet-reading.ts';

/** The rows of a reading, in its order, with rates since the reading before, if there is one. */
export function fleetRows(
  reading: FleetReading,
  before: FleetReading | undefined,
): readonly ExporterRow[] {
  const earlier = new Map(before?.exporters.map((exporter) => [keyOf(exporter), exporter]));
  return reading.exporters.map((exporter) =>
    exporterRow(exporter, earlier.get(keyOf(exporter)), reading.atMs),
  );
}

/** True if a second reading can tell rates: a pod has answered. */
export function hasCounters({ exporters }: FleetReading): boolean {
  return exporters.some(({ pods }) => pods?.some(({ counters }) => counters !== undefined));
}

function keyOf({ name, namespace }: ExporterReading): string {
  return `${namespace}/${name}`;
}
