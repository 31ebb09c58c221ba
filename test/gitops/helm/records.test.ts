import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  clickHouseOf,
  type Exporters,
  type ExporterUnderTest,
  openExporters,
} from '../../e2e/exporters.ts';
import { checkRows, exact, finish, lateness, startRows } from '../../e2e/row-check.ts';
import { DEEPFLOW_ENGINE } from '../../harness/clickhouse/engine-versions.ts';
import { type Environment, startEnvironment } from '../../harness/environment/start-environment.ts';
import { createSchema } from '../../harness/generator/generate.ts';
import type { TopicReader } from '../../harness/kafka/topic-reader.ts';
import { until } from '../../lib/until.ts';
import { hasTools } from '../has-tools.ts';
import { type FormerChart, writeFormerChart } from './former-chart.ts';
import { CHART, type Helm, NAMESPACE, openHelm, type Values } from './helm.ts';
import { parseImageName } from '../../harness/image/image-name.ts';

const WAIT = ['--wait', '--timeout', '90s'];
const INSTALL = [...WAIT, '--create-namespace'];
/** From `helm install` to the first record, with the image on the node. */
const FIRST_RECORD_MS = 60_000;

/** Enough to miss one, and little work beside Helm's. */
const ROWS_PER_SECOND = 100;

describe.skipIf(!(await hasTools('helm4')))('a release of the chart', () => {
  let environment: Environment;
  let exporters: Exporters;
  let helm: Helm;
  let former: FormerChart;

  beforeAll(async () => {
    environment = await startEnvironment({ engine: DEEPFLOW_ENGINE });
    [helm, former, exporters] = await Promise.all([
      openHelm('helm4', environment.kubernetes.kubeconfigPath),
      writeFormerChart(),
      openExporters(environment),
      createSchema(environment.clickHouse),
    ]);
  });
  afterAll(async () => {
    await helm.close();
    await former.remove();
    await environment.stop();
  });

  /** The image on the node; more options are another pod template, with which the operators roll. */
  const values = (extraArgs: readonly string[] = []): Values => {
    const { repository, tag } = parseImageName(environment.image);
    return { image: { repository, tag }, extraArgs };
  };

  it('is installed, upgraded, rolled back, uninstalled and installed again while exporters run on: no record is missing, none is there twice', async () => {
    const { clickHouse, kubernetes } = environment;
    const rows = startRows(clickHouse, undefined, ROWS_PER_SECOND);
    const installedAt = performance.now();
    await helm.run(['install', 'deepflow', former.path, ...INSTALL], values());
    const exporter = await exporters.create('survivor', {
      spec: {
        source: {
          clickHouse: clickHouseOf(environment, 'survivor', { startFrom: rows.startFrom }),
        },
      },
    });
    const readers = await exporter.read();
    await moreRecords(readers);
    const firstMs = performance.now() - installedAt;
    tell(`from helm install to the first record: ${(firstMs / 1000).toFixed(1)} s`);
    expect(firstMs).toBeLessThan(FIRST_RECORD_MS);
    await exporter.reason('Ready', 'Delivering');
    const state = await stateOf(exporter);

    const steps: readonly [what: string, args: readonly string[], values?: Values][] = [
      ['upgrade', ['upgrade', 'deepflow', CHART, ...WAIT], values(['--log-level=debug'])],
      ['rollback', ['rollback', 'deepflow', '1', ...WAIT]],
      ['uninstall', ['uninstall', 'deepflow', ...WAIT]],
      ['install again', ['install', 'deepflow', CHART, ...INSTALL], values()],
    ];
    for (const [what, args, given] of steps) {
      const startedAt = performance.now();
      await helm.run(args, given);
      tell(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
      await moreRecords(readers);
      expect(await stateOf(exporter), what).toEqual(state);
    }

    const written = await rows.stop();
    const checks = await checkRows(clickHouse, rows, readers);
    const wanted = checks.map((check, index) => exact(written[index] ?? 0)(check));
    expect(checks, lateness(rows.latestMs())).toEqual(wanted);
    tell(`records of each topic: ${written.join(', ')}`);
    const tested = await helm.run(['test', 'deepflow', '--timeout', '60s', '--logs']);
    expect(tested).toMatch(/leads and is ready/);
    await exporter.change({ podDisruptionBudget: { maxUnavailable: 1 } });
    await until('the operator that was installed again makes a PodDisruptionBudget', () =>
      kubernetes
        .kubectl(['get', 'pdb', '--namespace', exporters.namespace, '--output', 'name'])
        .then((names) => names.includes('survivor')),
    );
    await finish(exporter, readers);
  });

  /** What must be the same after each step: the pods with their restarts, the resource and the CRD. */
  async function stateOf(exporter: ExporterUnderTest): Promise<object> {
    const uid = '--output=jsonpath={.metadata.uid}';
    const [pods, resource, crd] = await Promise.all([
      exporter.pods(),
      exporters.kubectl('get', 'kfx', exporter.name, uid),
      exporters.kubectl('get', 'crd', 'kafkaexporters.export.deepflow.io', uid),
    ]);
    return { pods, resource, crd };
  }

  it('leaves the namespace and the CRD when it is uninstalled, and nothing else', async () => {
    await helm.run(['uninstall', 'deepflow', ...WAIT]);
    const { kubectl } = environment.kubernetes;
    const [operators, crds] = await Promise.all([
      kubectl(['get', 'deployments,services,roles', '--namespace', NAMESPACE, '--output=name']),
      kubectl(['get', 'crd', '--output=name']),
    ]);
    expect(operators).toBe('');
    expect(crds).toContain('kafkaexporters.export.deepflow.io');
  });
});

/** Waits until both topics have more records than now. */
async function moreRecords(readers: readonly TopicReader[]): Promise<void> {
  await Promise.all(
    readers.map(async (reader) => {
      const before = reader.values.length;
      await reader.waitUntil(() => reader.values.length > before, FIRST_RECORD_MS);
    }),
  );
}

/** Prints a figure for docs/benchmarks.md. */
function tell(figure: string): void {
  process.stderr.write(`helm: ${figure}\n`);
}
