import { ROWS } from '../../scripts/monitoring/dashboard/dashboard.ts';
import { RECORDING_RULES } from '../../scripts/monitoring/recording-rules.ts';
import { ALERTS } from '../../scripts/monitoring/rules-yaml.ts';

/** An expression, and where it stands. */
export interface Expression {
  readonly title: string;
  readonly expr: string;
}

/** The queries of the dashboard. */
export const QUERIES: readonly Expression[] = ROWS.flatMap(({ panels, title: row }) =>
  panels.flatMap(({ queries, title }) =>
    queries.map(({ expr }) => ({ title: `${row}: ${title}`, expr })),
  ),
);

/** The expressions of alerts and of recorded series. */
export const RULE_EXPRESSIONS: readonly Expression[] = [
  ...ALERTS.map(({ expr, name }) => ({ title: name, expr })),
  ...RECORDING_RULES.map(({ expr, record }) => ({ title: record, expr })),
];

/** A query as Grafana sends it, for these namespaces and exporters: regular expressions. */
export function asSent(
  expr: string,
  { namespace = '.+', exporter = '.+' }: { namespace?: string; exporter?: string } = {},
): string {
  return expr
    .replaceAll('$namespace', namespace)
    .replaceAll('$exporter', exporter)
    .replaceAll('$__rate_interval', '5m');
}
