import { dump } from 'js-yaml';
import { EXPORTER_ALERTS } from './exporter-alerts.ts';
import { OPERATOR_ALERTS } from './operator-alerts.ts';
import { RECORDING_RULES } from './recording-rules.ts';
import type { Alert } from './rule.ts';

/** All alerts, in the order of docs/runbook.md. */
export const ALERTS: readonly Alert[] = [...EXPORTER_ALERTS, ...OPERATOR_ALERTS];

/** The rules as Prometheus reads them, and as they stand in the `spec` of a PrometheusRule. */
interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly object[];
  }[];
}

/**
 * All rules. Those of a group are evaluated one after the other, so an alert sees what was just recorded.
 *
 * @param runbook the address of docs/runbook.md; an alert's `runbook_url` is its section.
 */
export function rules(runbook: string): Rules {
  const alert = ({ name, expr, severity, summary, description, ...rest }: Alert): object => ({
    alert: name,
    expr,
    for: rest.for,
    labels: { severity },
    annotations: { summary, description, runbook_url: `${runbook}#${name.toLowerCase()}` },
  });
  return {
    groups: [
      {
        name: 'deepflow-kafka-exporter',
        rules: [...RECORDING_RULES, ...EXPORTER_ALERTS.map(alert)],
      },
      { name: 'deepflow-kafka-exporter-operator', rules: OPERATOR_ALERTS.map(alert) },
    ],
  };
}

/** An object as YAML, with each expression in one line. */
export function yaml(value: unknown): string {
  return dump(value, { lineWidth: -1, noRefs: true });
}

/** The table of alerts in docs/runbook.md. */
export function alertsTable(): string {
  const rows = ALERTS.map(
    ({ name, severity, for: duration, expr }) =>
      `| [\`${name}\`](#${name.toLowerCase()}) | ${severity} | \`${expr.replaceAll('|', '\\|')}\` | ${duration} |`,
  );
  return ['| alert | severity | expression | for |', '|---|---|---|---|', ...rows].join('\n');
}

/** The table of recorded series in docs/metrics.md. */
export function recordsTable(): string {
  const rows = RECORDING_RULES.map(({ record, expr }) => `| \`${record}\` | \`${expr}\` |`);
  return ['| series | expression |', '|---|---|', ...rows].join('\n');
}
