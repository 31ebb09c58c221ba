import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RECORDING_RULES } from '../../scripts/monitoring/recording-rules.ts';
import { hasTools } from '../gitops/has-tools.ts';
import { DEEPFLOW_ENGINE } from '../harness/clickhouse/engine-versions.ts';
import { deployOperator, OPERATOR } from '../harness/environment/deploy-operator.ts';
import { type Environment, startEnvironment } from '../harness/environment/start-environment.ts';
import { createSchema } from '../harness/generator/generate.ts';
import { type PrometheusHandle, startPrometheus } from '../harness/prometheus/start-prometheus.ts';
import { setting } from '../harness/settings.ts';
import { until } from '../lib/until.ts';
import { asSent, QUERIES, RULE_EXPRESSIONS } from '../monitoring/expressions.ts';
import { namedIn } from '../monitoring/promql.ts';
import { clickHouseOf, type Exporters, openExporters, PODS } from './exporters.ts';
import { type RowsUnderTest, startRows } from './row-check.ts';

const FOLDER = join(import.meta.dirname, '../../deploy/monitoring');
const NAME = 'flow-logs';

/** What has no series while nothing is wrong, by the end of its title. */
const ONLY_IN_TROUBLE =
  /: (?:Sends that are tried again|Records that their topic does not accept|Late rows|Wrong values in DeepFlow’s tables|Failed reads of the dictionaries of names|Lines that became no record)$/;
const RECORDED_IN_TROUBLE = ['exporter_topic_reason:deepflow_kafka_exporter_retries:rate5m'];

const scrapeSchema = z.object({
  scrape_configs: z.array(
    z.looseObject({ kubernetes_sd_configs: z.array(z.looseObject({ role: z.literal('pod') })) }),
  ),
});
const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({ name: z.string(), health: z.string(), lastError: z.string().default('') }),
      ),
    }),
  ),
});
const alertsSchema = z.object({
  alerts: z.array(z.object({ labels: z.record(z.string(), z.string()), state: z.string() })),
});

/** The configuration of a Prometheus with the files of deploy/monitoring, outside of the cluster. */
async function configurationFor(
  kubeconfigPath: string,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(join(FOLDER, 'scrape-config.yaml'), 'utf8');
  const { scrape_configs: jobs } = scrapeSchema.parse(load(text));
  return {
    global: { scrape_interval: '2s', evaluation_interval: '2s' },
    rule_files: [join(FOLDER, 'rules.yaml')],
    scrape_configs: jobs.map((job) => ({
      ...job,
      kubernetes_sd_configs: job.kubernetes_sd_configs.map((each) => ({
        ...each,
        kubeconfig_file: kubeconfigPath,
      })),
    })),
  };
}

// This machine does not reach the pods of a user's own cluster.
const canRun = setting('TEST_KUBECONFIG') === undefined && (await hasTools('prometheus'));

describe.skipIf(!canRun)('Prometheus, which reads real pods', () => {
  /** They end what was started, the last one first. */
  const stops: (() => Promise<unknown>)[] = [];
  let environment: Environment;
  /** Its exporters are well. */
  let well: Exporters;
  /** Its exporter has the name of one that is well, and cannot log in to Kafka. */
  let ill: Exporters;
  let rows: RowsUnderTest;
  let prometheus: PrometheusHandle;

  beforeAll(async () => {
    environment = await startEnvironment({ engine: DEEPFLOW_ENGINE });
    stops.push(environment.stop);
    const { clickHouse, image, kubernetes } = environment;
    [well, ill] = await Promise.all([
      openExporters(environment),
      openExporters(environment),
      createSchema(clickHouse),
      deployOperator(kubernetes.kubectl, image),
    ]);
    rows = startRows(clickHouse);
    stops.push(() => rows.stop());
    prometheus = await startPrometheus(await configurationFor(kubernetes.kubeconfigPath));
    stops.push(prometheus.stop);
    await createAll();
  });
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  async function createAll(): Promise<void> {
    const { startFrom } = rows;
    const source = { clickHouse: clickHouseOf(environment, NAME, { startFrom }) };
    const wrong = { username: ill.user.username, password: 'not-the-password' };
    await well.kubectl(
      'create',
      'secret',
      'generic',
      'push',
      `--from-literal=token=${'t'.repeat(32)}`,
    );
    const [one, pushed, two] = await Promise.all([
      well.create(NAME, { spec: { source } }),
      well.create('pushed', {
        spec: {
          source: { http: { port: 8081, bearerTokenSecretRef: { name: 'push' } } },
          universalTagTranslateToNameDisabled: true,
        },
      }),
      ill.create(NAME, { spec: { source }, secrets: { kafka: wrong } }),
    ]);
    await Promise.all([
      one.reason('Ready', 'Delivering'),
      pushed.reason('Ready', 'Delivering'),
      two.reason('Ready', 'KafkaAuthenticationFailed'),
    ]);
    await push();
  }

  /** A push that is answered, though its token is missing. */
  async function push(): Promise<void> {
    const selector = '--selector=export.deepflow.io/exporter=pushed';
    const address = await well.kubectl(
      'get',
      'pods',
      selector,
      '--output=jsonpath={.items[0].status.podIP}',
    );
    const { status } = await fetch(`http://${address}:8081/v1/records/flow_log.l7_flow_log`, {
      method: 'POST',
      body: '{}',
    });
    expect(status).toBe(401);
  }

  /** Asks until the answer is the expected one. What Prometheus reads comes some seconds later. */
  const settles = <Answer>(ask: () => Promise<Answer>, expected: Answer): Promise<unknown> =>
    until('the expected answer', ask, {
      isWanted: (answer) => JSON.stringify(answer) === JSON.stringify(expected),
      ...PODS,
    });

  it('finds every pod, with the namespace and the name of its KafkaExporter', async () => {
    const expected = [
      `${OPERATOR.namespace}/ 2`,
      `${ill.namespace}/${NAME} 1`,
      `${well.namespace}/${NAME} 1`,
      `${well.namespace}/pushed 1`,
    ].toSorted();
    await settles(async () => {
      const found = await prometheus.query('sum by (namespace, export_deepflow_io_exporter) (up)');
      return found
        .map(
          ({ metric, value }) =>
            `${metric['namespace'] ?? ''}/${metric['export_deepflow_io_exporter'] ?? ''} ${value}`,
        )
        .toSorted();
    }, expected);
  });

  it('evaluates every rule without an error', async () => {
    const rulesWith = async (isWanted: (health: string) => boolean): Promise<readonly string[]> => {
      const { groups } = rulesSchema.parse(await prometheus.api('/api/v1/rules'));
      return groups.flatMap(({ rules }) =>
        rules
          .filter(({ health }) => isWanted(health))
          .map((each) => `${each.name} ${each.lastError}`),
      );
    };
    await settles(() => rulesWith((health) => health === 'unknown'), []);
    expect(await rulesWith((health) => health !== 'ok')).toEqual([]);
    expect(await rulesWith((health) => health === 'ok')).toHaveLength(RULE_EXPRESSIONS.length);
  });

  it('has read every metric that a rule or the dashboard names', async () => {
    const recorded = new Set(RECORDING_RULES.map(({ record }) => record));
    const named = [...RULE_EXPRESSIONS, ...QUERIES].flatMap(({ expr }) =>
      namedIn(expr).selectors.map(({ metric }) => metric),
    );
    const wanted = new Set(named.filter((name) => name !== 'up' && !recorded.has(name)));
    expect(wanted.size).toBeGreaterThan(40);
    await settles(async () => {
      // A counter without a series has its type nevertheless.
      const known = z
        .record(z.string(), z.unknown())
        .parse(await prometheus.api('/api/v1/metadata'));
      return [...wanted].filter(
        (name) => !(name in known) && !(name.replace(/_(?:bucket|sum|count)$/, '') in known),
      );
    }, []);
  });

  it('records every series of an exporter that is well', async () => {
    await settles(async () => {
      const found = await prometheus.query(
        `count by (__name__) ({__name__=~".+:deepflow_kafka_exporter_.+:.+", namespace="${well.namespace}"})`,
      );
      const names = new Set(found.map(({ metric }) => metric['__name__']));
      return RECORDING_RULES.map(({ record }) => record).filter((record) => !names.has(record));
    }, RECORDED_IN_TROUBLE);
  });

  it('answers every query of the dashboard with series, but those of which there are none while nothing is wrong', async () => {
    const chosen = { namespace: well.namespace };
    await settles(async () => {
      const empty: string[] = [];
      for (const { expr, title } of QUERIES) {
        if (ONLY_IN_TROUBLE.test(title)) continue;
        if ((await prometheus.query(asSent(expr, chosen))).length === 0) empty.push(title);
      }
      return empty;
    }, []);
  });

  it('tells an exporter in trouble from another one of its name', async () => {
    await settles(
      async () => {
        const ready = await prometheus.query(
          `exporter:deepflow_kafka_exporter_resource_ready:min{export_deepflow_io_exporter="${NAME}"}`,
        );
        return Object.fromEntries(
          ready
            .map(({ metric, value }) => [metric['namespace'] ?? '', value] as const)
            .toSorted(([a], [b]) => a.localeCompare(b)),
        );
      },
      Object.fromEntries(
        [[ill.namespace, 0] as const, [well.namespace, 1] as const].toSorted(([a], [b]) =>
          a.localeCompare(b),
        ),
      ),
    );
    const alertsOf = async (namespace: string): Promise<readonly string[]> => {
      const { alerts } = alertsSchema.parse(await prometheus.api('/api/v1/alerts'));
      return alerts
        .filter(({ labels }) => labels['namespace'] === namespace)
        .map(({ labels }) => labels['alertname'] ?? '')
        .toSorted();
    };
    await settles(
      () => alertsOf(ill.namespace),
      ['DeepflowExporterDisconnected', 'DeepflowExporterNotReady'],
    );
    // A reading that failed on a busy machine makes an alert wait for a moment, but not for long.
    await settles(() => alertsOf(well.namespace), []);
  });
});
