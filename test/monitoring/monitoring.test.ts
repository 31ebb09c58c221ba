import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LISTS, ROWS } from '../../scripts/monitoring/dashboard/dashboard.ts';
import { MONITORING_TABLES, monitoringFiles } from '../../scripts/monitoring/monitoring-files.ts';
import { RECORDING_RULES } from '../../scripts/monitoring/recording-rules.ts';
import { ALERTS } from '../../scripts/monitoring/rules-yaml.ts';
import { QUERIES, RULE_EXPRESSIONS } from './expressions.ts';
import { namedIn } from './promql.ts';
import { processMetrics, registeredMetrics } from './registered-metrics.ts';

const read = (file: string): string =>
  readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const runbook = read('docs/runbook.md');
const files = monitoringFiles();

/** Labels that Prometheus gives to what it reads from a pod (deploy/monitoring/scrape-config.yaml). */
const OF_TARGETS = [
  'namespace',
  'pod',
  'container',
  'job',
  'instance',
  'export_deepflow_io_exporter',
];

/** The labels of every series that there is, by its name. */
function knownSeries(): ReadonlyMap<string, readonly string[]> {
  const known = new Map<string, readonly string[]>([['up', OF_TARGETS]]);
  for (const { name, type, labels } of [...registeredMetrics(), ...processMetrics()]) {
    const all = [...labels, ...OF_TARGETS];
    if (type !== 'histogram') known.set(name, all);
    else {
      known.set(`${name}_bucket`, [...all, 'le']);
      known.set(`${name}_sum`, all);
      known.set(`${name}_count`, all);
    }
  }
  for (const { record, expr } of RECORDING_RULES) known.set(record, namedIn(expr).groupings);
  return known;
}

const KNOWN = knownSeries();
const panels = ROWS.flatMap((row) => row.panels);
const labelsOf = (metric: string): readonly string[] => KNOWN.get(metric) ?? [];

/** The expressions in the text of the runbook. */
const IN_RUNBOOK = [...runbook.matchAll(/```promql\n([^`]*)```/g)].flatMap(([, block = '']) =>
  block
    .trim()
    .split('\n')
    .map((expr) => ({ title: 'the runbook', expr })),
);

describe('what is written for Prometheus and Grafana', () => {
  it.each([...files.keys()])('%s is as npm run generate makes it', (file) => {
    expect(read(file)).toBe(files.get(file));
  });

  it.each(MONITORING_TABLES)('the table of $name is in its page', ({ name, page, table }) => {
    expect(readFileSync(page, 'utf8')).toContain(
      `<!-- ${name}: generated -->\n\n${table}\n\n<!-- ${name}: end -->`,
    );
  });

  it.each([...RULE_EXPRESSIONS, ...QUERIES, ...IN_RUNBOOK])(
    'names series and labels that there are: $title',
    ({ expr }) => {
      const { groupings, selectors } = namedIn(expr);
      expect(selectors).not.toEqual([]);
      expect(selectors.filter(({ metric }) => !KNOWN.has(metric))).toEqual([]);
      for (const { labels, metric } of selectors)
        expect(labelsOf(metric)).toEqual(expect.arrayContaining([...labels]));
      const all = selectors.flatMap(({ metric }) => labelsOf(metric));
      expect(all).toEqual(expect.arrayContaining([...groupings]));
    },
  );

  it.each(panels.flatMap(({ queries, title }) => queries.map((query) => ({ ...query, title }))))(
    'the legend of a panel names labels of its series: $title',
    ({ expr, legend }) => {
      const { groupings, selectors } = namedIn(expr);
      const [first] = selectors;
      const found = /\bby \(/.test(expr) ? groupings : labelsOf(first?.metric ?? '');
      const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      expect(found).toEqual(expect.arrayContaining(named));
    },
  );

  it('fills the lists of the dashboard from a gauge that every exporter has', () => {
    for (const query of Object.values(LISTS)) {
      expect(query).toMatch(/^label_values\(deepflow_kafka_exporter_queued_records[,{]/);
    }
    expect(KNOWN.has('deepflow_kafka_exporter_queued_records')).toBe(true);
  });

  it('shows every metric of the product in the dashboard, but those that say the same', () => {
    const shown = panels.flatMap(({ queries }) =>
      queries.flatMap(({ expr }) => namedIn(expr).selectors.map(({ metric }) => metric)),
    );
    const recorded = RECORDING_RULES.filter(({ record }) => shown.includes(record)).flatMap(
      ({ expr }) => namedIn(expr).selectors.map(({ metric }) => metric),
    );
    const seen = new Set(
      [...shown, ...recorded].map((name) => name.replace(/_(?:bucket|sum|count)$/, '')),
    );
    const missing = registeredMetrics().filter(({ name }) => !seen.has(name));
    expect(missing.map(({ name }) => name).toSorted()).toEqual([
      'controller_runtime_active_workers',
      'controller_runtime_reconcile_errors_total',
      'deepflow_kafka_exporter_names_rows_skipped',
      'workqueue_adds_total',
      'workqueue_longest_running_processor_seconds',
      'workqueue_retries_total',
      'workqueue_unfinished_work_seconds',
      'workqueue_work_duration_seconds',
    ]);
  });
});

describe('the runbook', () => {
  const sections = [...runbook.matchAll(/^## (\w+)\n([^]*?)(?=^## |(?![^]))/gm)].map(
    ([, title = '', text = '']) => ({ title, text }),
  );

  it('has a section for each alert, in the order of the rules, and no other', () => {
    expect(sections.map(({ title }) => title)).toEqual(ALERTS.map(({ name }) => name));
  });

  it.each(sections)('says what $title means, what to look at and what to do', ({ text }) => {
    expect(text).toMatch(/^\n\*\*Meaning\.\*\* [^]+^\*\*Look at\*\* [^]+^\*\*Do\*\*/m);
  });

  it('is where each alert links to', () => {
    const links = [
      ...(files.get('deploy/monitoring/rules.yaml') ?? '').matchAll(/runbook_url: (\S+)/g),
    ];
    expect(links.map(([, link = '']) => link.replace(/^.*\/docs\/runbook\.md#/, ''))).toEqual(
      sections.map(({ title }) => title.toLowerCase()),
    );
  });
});
