import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCommand } from '../../harness/commands/run-command.ts';
import { goTool } from '../../harness/go-tools/go-tool.ts';
import { hasTools } from '../has-tools.ts';
import { ALERT_CASES } from './alert-cases.ts';

const RULES = join(import.meta.dirname, '../../../deploy/monitoring/rules.yaml');
const EVALUATED_AT = '30m';

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string().optional(),
          labels: z.object({ severity: z.string() }).optional(),
          annotations: z.record(z.string(), z.string()).optional(),
        }),
      ),
    }),
  ),
});
const ALERTS = rulesSchema
  .parse(load(await readFile(RULES, 'utf8')))
  .groups.flatMap(({ rules }) => rules)
  .filter(({ alert }) => alert !== undefined);

type Case = (typeof ALERT_CASES)[number];

/** The series of one exporter and its operator, as promtool reads them. */
function seriesIn(namespace: string, series: Case['trouble']): readonly object[] {
  const pod = (number: number): string =>
    `namespace="${namespace}", export_deepflow_io_exporter="flow-logs", pod="flow-logs-${number}"`;
  return Object.entries(series).map(([name, values]) => ({
    series: name
      .replace('TARGET', pod(1))
      .replace('OTHER', pod(2))
      .replace('OPERATOR', `namespace="${namespace}", pod="operator-1"`)
      .replaceAll('NAMESPACE', namespace),
    values,
  }));
}

/** The alert of the exporter or the operator in the namespace `one`. */
function expectedAlert({ alert, alone, labels, summary }: Case): object {
  const { annotations, labels: own } = ALERTS.find((each) => each.alert === alert) ?? {};
  const isOperator = alert.startsWith('DeepflowOperator');
  return {
    exp_labels: {
      ...own,
      ...(alone === true ? {} : { namespace: 'one' }),
      ...(isOperator ? {} : { export_deepflow_io_exporter: 'flow-logs' }),
      ...labels,
    },
    exp_annotations: { ...annotations, summary: summary.replace('NAMESPACE', 'one') },
  };
}

/** A test of promtool: which alerts there are with the series of two exporters of the same name. */
function testOf(each: Case, one: Case['trouble'], expected: readonly object[]): object {
  const series = [
    ...seriesIn('one', one),
    ...(each.alone === true ? [] : seriesIn('two', expected.length > 0 ? each.healthy : one)),
  ];
  return {
    interval: '1m',
    input_series: series,
    alert_rule_test: [{ eval_time: EVALUATED_AT, alertname: each.alert, exp_alerts: expected }],
  };
}

describe.skipIf(!(await hasTools('prometheus')))('the alerts of Prometheus', () => {
  let folder: string;
  let promtool: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deepflow-alerts-'));
    promtool = (await goTool('prometheus')).program('promtool');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are valid, and so are the recorded series', async () => {
    const found = await runCommand(promtool, ['check', 'rules', '--lint=all', RULES]);
    expect(found).toContain('SUCCESS');
  });

  it('all have a case here', () => {
    expect(ALERT_CASES.map(({ alert }) => alert)).toEqual(ALERTS.map(({ alert }) => alert));
  });

  const passes = async (each: Case, test: object): Promise<void> => {
    const file = join(folder, `${each.alert}.yaml`);
    await writeFile(file, dump({ rule_files: [RULES], evaluation_interval: '1m', tests: [test] }));
    expect(await runCommand(promtool, ['test', 'rules', file])).toContain('SUCCESS');
  };

  it.each(ALERT_CASES)(
    '$alert fires for the exporter in trouble, and not for another of its name',
    (each) => passes(each, testOf(each, each.trouble, [expectedAlert(each)])),
  );

  it.each(ALERT_CASES)('$alert does not fire where all is well', (each) =>
    passes(each, testOf(each, each.healthy, [])),
  );

  it.each(ALERT_CASES.filter(({ almost }) => almost !== undefined))(
    '$alert does not fire because of what two exporters of the same name do together',
    (each) => passes(each, testOf(each, each.almost ?? {}, [])),
  );
});
