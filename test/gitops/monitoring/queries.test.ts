import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type PrometheusHandle,
  startPrometheus,
} from '../../harness/prometheus/start-prometheus.ts';
import { asSent, QUERIES, RULE_EXPRESSIONS } from '../../monitoring/expressions.ts';
import { namedIn } from '../../monitoring/promql.ts';
import { hasTools } from '../has-tools.ts';

const RULES = join(import.meta.dirname, '../../../deploy/monitoring/rules.yaml');

/** A part of an expression, as Prometheus's parser tells it. */
const node = z.looseObject({ type: z.string(), name: z.string().optional() });

/** The metrics of an expression, in the order in which they stand. */
function metricsIn(tree: unknown): readonly string[] {
  if (Array.isArray(tree)) return tree.flatMap(metricsIn);
  const parsed = node.safeParse(tree).data;
  if (parsed === undefined) return [];
  if (parsed.type === 'vectorSelector' || parsed.type === 'matrixSelector')
    return [parsed.name ?? ''];
  return Object.values(parsed).flatMap(metricsIn);
}

describe.skipIf(!(await hasTools('prometheus')))('Prometheus', () => {
  let prometheus: PrometheusHandle;

  beforeAll(async () => {
    prometheus = await startPrometheus({
      global: { evaluation_interval: '1s' },
      rule_files: [RULES],
    });
  });
  afterAll(() => prometheus.stop());

  it.each(QUERIES)('runs the query of the dashboard: $title', async ({ expr }) => {
    expect(await prometheus.query(asSent(expr))).toBeInstanceOf(Array);
  });

  it.each([...QUERIES, ...RULE_EXPRESSIONS])(
    'finds the metrics that the unit tests find: $title',
    async ({ expr }) => {
      const tree = await prometheus.api('/api/v1/parse_query', { query: asSent(expr) });
      const found = namedIn(expr).selectors.map(({ metric }) => metric);
      expect(metricsIn(tree).toSorted()).toEqual(found.toSorted());
    },
  );
});
