import { load } from 'js-yaml';
import { z } from 'zod';

const groups = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          for: z.string(),
          annotations: z.object({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
});

/** The table of alerts in docs/metrics.md, from the rules of the chart. */
export function alertsTable(rules: string): string {
  const rows = groups
    .parse(load(rules))
    .groups.flatMap((group) => group.rules)
    .map(
      ({ alert, annotations, expr, for: duration }) =>
        `| \`${alert}\` | \`${expr.replaceAll('|', '\\|')}\` | ${duration} | ${annotations.description} |`,
    );
  return ['| alert | expression | for | what to do |', '|---|---|---|---|', ...rows].join('\n');
}
