/** A query of a panel. */
interface Query {
  readonly expr: string;
  /** What the legend says of each series. */
  readonly legend: string;
}

/** A panel: a graph over time, or one number. */
export interface Panel {
  readonly title: string;
  /** What is not clear from the title. */
  readonly description?: string;
  readonly type: 'timeseries' | 'stat';
  /** Grafana's name of the unit. */
  readonly unit: 'none' | 's' | 'bytes' | 'Bps' | 'cps' | 'percentunit';
  readonly queries: readonly Query[];
}

/** A row of panels. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A graph over time. */
export function graph(
  title: string,
  unit: Panel['unit'],
  queries: Readonly<Record<string, string>>,
): Panel {
  return {
    title,
    unit,
    type: 'timeseries',
    queries: Object.entries(queries).map(([legend, expr]) => ({ legend, expr })),
  };
}

/** One number. */
export function number(title: string, unit: Panel['unit'], expr: string): Panel {
  return { title, unit, type: 'stat', queries: [{ legend: title, expr }] };
}
