import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { z } from 'zod';
import { type BuiltImage, buildImage } from '../harness/image/build-image.ts';
import { setting } from '../harness/settings.ts';
import { DEEPFLOW_ENGINE } from '../harness/clickhouse/engine-versions.ts';
import { deployOperator, OPERATOR } from '../harness/environment/deploy-operator.ts';
import { type Environment, startEnvironment } from '../harness/environment/start-environment.ts';
import { createSchema } from '../harness/generator/generate.ts';
import { impersonating } from '../integration/operator/cluster/cluster-under-test.ts';
import { runProgram } from '../lib/run-program.ts';
import { until } from '../lib/until.ts';
import {
  clickHouseOf,
  type Exporters,
  type ExporterUnderTest,
  openExporters,
  PODS,
} from './exporters.ts';
import { killProcess } from './kill-process.ts';
import {
  checkRows,
  exact,
  finish,
  lateness,
  RECORDS_MS,
  type RowsUnderTest,
  startRows,
} from './row-check.ts';

/** The namespace that deploy/namespaced names. */
const NAMED = 'deepflow-export';
/** The promise is 20 s. On two cores, the pods of the test need some seconds of the same processors. */
const FAIL_OVER = { deadlineMs: 25_000 };
/** The promise is 3 s after the leader was told to stop. Here, kubectl and the kubelet tell it. */
const HAND_OVER = { deadlineMs: 10_000 };
/** One write, and the watch of it, while the pods of four tests start. */
const PUT_RIGHT = { deadlineMs: 45_000 };
/** They last 32 seconds, so that there are still some when the pods of four tests have started on a machine that does other work. */
const ROWS = 8_000;

const shownStatus = z.object({
  exporters: z.array(
    z.looseObject({
      recordsPerSecond: z.number().optional(),
      bytesPerSecond: z.number().optional(),
      lagSeconds: z.number().optional(),
    }),
  ),
  gaps: z.array(z.string()),
});

let environment: Environment;
let exporters: Exporters;
let elsewhere: Exporters;

// The operator has rights in one namespace only: the other tests have the cluster-wide installation.
beforeAll(async () => {
  environment = await startEnvironment({ engine: DEEPFLOW_ENGINE });
  const { clickHouse, image, kubernetes } = environment;
  [exporters, elsewhere] = await Promise.all([
    openExporters(environment, NAMED),
    openExporters(environment),
    createSchema(clickHouse),
  ]);
  await deployOperator(kubernetes.kubectl, image, 'namespaced');
});
afterAll(() => environment.stop());

const from = ({ startFrom }: RowsUnderTest, name: string): object =>
  clickHouseOf(environment, name, { startFrom });

describe('an operator with rights in one namespace', () => {
  let rows: RowsUnderTest;

  beforeAll(() => {
    rows = startRows(environment.clickHouse, ROWS);
  });

  // All tests run at once, because each waits for pods most of the time.
  it.concurrent('makes an exporter in that namespace, and leaves a KafkaExporter of another one alone', async ({
    expect,
  }) => {
    const { kubectl } = environment.kubernetes;
    const roles = await kubectl(['get', 'clusterroles,clusterrolebindings', '--output', 'name']);
    expect(roles).not.toContain(OPERATOR.namespace);
    const other = await elsewhere.create('other');
    const exporter = await exporters.create('named');
    expect(await exporter.reason('Ready', 'Delivering')).toMatchObject({ status: 'True' });
    expect(await other.owned()).toEqual([]);
    const status = await elsewhere.kubectl('get', 'kfx', 'other', '--output=jsonpath={.status}');
    expect(JSON.parse(status)).toEqual({ observedGeneration: -1 });
    await exporter.remove();
    await other.remove();
  });

  it.concurrent('puts right what somebody changes in the Deployment, with one write for each change: no record is missing', async ({
    expect,
  }) => {
    const exporter = await exporters.create('drifted', {
      spec: { replicas: 1, source: { clickHouse: from(rows, 'drifted') } },
    });
    const readers = await exporter.read();
    const [first] = readers;
    await first?.waitUntil(() => first.values.length > 0, RECORDS_MS);
    const deployment = 'deployment/drifted-exporter';
    const wanted = await deploymentOf('drifted-exporter');
    const command = [{ op: 'add', path: `${CONTAINER}/command`, value: ['sleep', '1000'] }];
    const changes = [
      ['set', 'env', deployment, 'EXTRA=1'],
      ['patch', deployment, '--type=json', `--patch=${JSON.stringify(command)}`],
      ['rollout', 'pause', deployment],
      ['scale', deployment, '--replicas=0'],
    ];
    for (const [index, change] of changes.entries()) {
      await exporters.kubectl(...change);
      // The generation counts the writes that change the spec: that of the user, and that of the operator.
      const generation = wanted.metadata.generation + 2 * (index + 1);
      const isRight = ({ metadata }: Deployment) => metadata.generation >= generation;
      const found = await until(change.join(' '), () => deploymentOf('drifted-exporter'), {
        isWanted: isRight,
        ...PUT_RIGHT,
      });
      expect(found, change.join(' ')).toEqual({ ...wanted, metadata: { generation } });
    }
    const checks = await checkRows(environment.clickHouse, rows, readers);
    expect(checks, lateness(rows.latestMs())).toEqual(checks.map(exact(ROWS)));
    expect(await exporter.reason('Ready', 'Delivering')).toMatchObject({ status: 'True' });
    await finish(exporter, readers);
  });

  it.concurrent('is shown by kubectl kfx status with what its pods say now, to whoever may ask them', async ({
    expect,
  }) => {
    const exporter = await exporters.create('shown', {
      spec: { replicas: 2, source: { clickHouse: from(rows, 'shown') } },
    });
    await exporter.reason('Ready', 'Delivering');
    const account = `${NAMED}:status-reader`;
    await exporters.kubectl(
      ...['create', 'rolebinding', 'status-reader', '--serviceaccount', account],
      ...['--clusterrole', 'kafkaexporter-status-reader'],
    );
    const folder = await mkdtemp(path.join(tmpdir(), 'status-'));
    const kubeconfig = path.join(folder, 'kubeconfig');
    const own = environment.kubernetes.kubeconfigPath;
    await writeFile(kubeconfig, await impersonating(own, { account }));
    const place = ['shown', '--namespace', NAMED, '--kubeconfig', kubeconfig, '-o', 'json'];
    const shown = await until(
      'records of both pods',
      async () => {
        const { stdout } = await runProgram('kubectl-kfx.ts', ['status', ...place]);
        return shownStatus.parse(JSON.parse(stdout));
      },
      { isWanted: ({ exporters: [row] }) => (row?.recordsPerSecond ?? 0) > 0, deadlineMs: 90_000 },
    );
    expect(shown.gaps).toEqual([]);
    const [row] = shown.exporters;
    expect(row).toMatchObject({ ready: 'True', pods: '2/2', podsAnswered: 2, retries: 0 });
    expect(row?.bytesPerSecond).toBeGreaterThan(0);
    expect(row?.lagSeconds).toBeGreaterThan(0);
    await rm(folder, { recursive: true });
    await exporter.remove();
  });

  it.concurrent('lets a resource that is renamed with its checkpoint topic go on exactly where the old one stopped', async ({
    expect,
  }) => {
    const old = await exporters.create('old', {
      spec: { source: { clickHouse: from(rows, 'old') } },
    });
    const readers = await old.read();
    const [first] = readers;
    await first?.waitUntil(() => first.values.length > 500, RECORDS_MS);
    await old.remove();
    await until('no pod of the old resource', () => old.pods(), {
      isWanted: (pods) => pods.length === 0,
      ...PODS,
    });
    const before = first?.values.length ?? 0;
    // Without the progress of the old one, it would begin now.
    const renamed = await exporters.create('renamed', {
      topics: false,
      spec: {
        topic: `${NAMED}.old.{dataSource}`,
        delivery: { checkpointTopic: `deepflow-export.${NAMED}.old.checkpoints` },
      },
    });
    const checks = await checkRows(environment.clickHouse, rows, readers);
    expect(checks, lateness(rows.latestMs())).toEqual(checks.map(exact(ROWS)));
    expect(before).toBeLessThan(ROWS);
    expect(await renamed.reason('Ready', 'Delivering')).toMatchObject({ status: 'True' });
    await finish(renamed, readers);
  });
});

describe('of two operators', () => {
  let rows: RowsUnderTest;
  let exporter: ExporterUnderTest;

  beforeAll(async () => {
    rows = startRows(environment.clickHouse);
    exporter = await exporters.create('led', {
      spec: { source: { clickHouse: from(rows, 'led') } },
    });
    await exporter.reason('Ready', 'Delivering');
  });
  afterAll(() => rows.stop());

  const budget = (maxUnavailable: number | null) =>
    exporter.change({ podDisruptionBudget: maxUnavailable === null ? null : { maxUnavailable } });
  const budgets = (): Promise<string> =>
    exporters.kubectl('get', 'pdb', '--output=jsonpath={.items[*].spec.maxUnavailable}');

  it('the other one leads within 20 seconds when the leader is killed, and soon when it is told to stop: exporters go on', async ({
    expect,
  }) => {
    const readers = await exporter.read();
    const [first] = readers;
    await first?.waitUntil(() => first.values.length > 0, RECORDS_MS);
    const pods = await exporter.pods();
    const before = first?.values.length;
    const killed = await leader();
    killProcess(killed.uid);
    const killedAt = performance.now();
    await budget(1);
    await until('the change', budgets, { isWanted: (found) => found === '1', ...FAIL_OVER });
    tell('a leader was killed: the other one', killedAt);
    await first?.waitUntil(() => first.values.length > (before ?? 0), RECORDS_MS);
    const second = await leader();
    expect(second.name).not.toBe(killed.name);

    const stoppedAt = performance.now();
    await inOperators('delete', 'pod', second.name, '--wait=false');
    await budget(2);
    await until('the change', budgets, { isWanted: (found) => found === '2', ...HAND_OVER });
    // The one that stops may still have made the change.
    await until('another leader', leadingPod, {
      isWanted: (name) => name !== '' && name !== second.name,
      ...HAND_OVER,
    });
    tell('a leader was told to stop: the other one', stoppedAt);

    const written = await rows.stop();
    const checks = await checkRows(environment.clickHouse, rows, readers);
    const wanted = checks.map((check, index) => exact(written[index] ?? 0)(check));
    expect(checks, lateness(rows.latestMs())).toEqual(wanted);
    expect(await exporter.pods()).toEqual(pods);
    await finish(exporter, readers);
  });
});

// The user's own cluster has one image of ours.
describe.skipIf(setting('TEST_IMAGE') !== undefined)('an upgrade', () => {
  /** The same program under another name: what is tested is who is replaced, in which order, by an upgrade and on the way back. */
  let next: BuiltImage;

  beforeAll(async () => {
    next = await buildImage({ tag: 'next' });
    await environment.kubernetes.loadImage(next.archivePath);
  });

  it('replaces the operators, and then each exporter pod by pod, and so does the way back: no record is missing, none is there twice', async ({
    expect,
  }) => {
    const { clickHouse, image, kubernetes } = environment;
    const rows = startRows(clickHouse);
    const exporter = await exporters.create('upgraded', {
      spec: { replicas: 2, source: { clickHouse: from(rows, 'upgraded') } },
    });
    const readers = await exporter.read();
    await exporter.reason('Ready', 'Delivering');
    for (const [wanted, former] of [
      [next.name, image],
      [image, next.name],
    ] as const) {
      const seen: (readonly string[])[] = [];
      await deployOperator(kubernetes.kubectl, wanted, 'namespaced');
      await until(
        `only pods with ${wanted}`,
        async () => {
          const images = await exporterImages(exporter.name);
          seen.push(images);
          return images.length === 2 && images.every((each) => each === wanted);
        },
        PODS,
      );
      // One pod of the former version goes on until the first new one delivers.
      expect(seen).toContainEqual(expect.arrayContaining([former, wanted]));
      expect(await exporter.reason('Ready', 'Delivering')).toMatchObject({ status: 'True' });
    }
    const written = await rows.stop();
    const checks = await checkRows(clickHouse, rows, readers);
    const wanted = checks.map((check, index) => exact(written[index] ?? 0)(check));
    expect(checks, lateness(rows.latestMs())).toEqual(wanted);
    await finish(exporter, readers);
  });
});

/** The image of each ready pod of an exporter. */
async function exporterImages(name: string): Promise<readonly string[]> {
  const ready = '?(@.status.containerStatuses[0].ready==true)';
  const output = `--output=jsonpath={.items[${ready}].spec.containers[0].image}`;
  const selector = `--selector=export.deepflow.io/exporter=${name}`;
  const images = await exporters.kubectl('get', 'pods', selector, output);
  return images.split(' ').filter((image) => image !== '');
}

const CONTAINER = '/spec/template/spec/containers/0';
const deploymentSchema = z.object({
  metadata: z.object({ generation: z.int() }),
  spec: z.looseObject({}),
});
type Deployment = z.infer<typeof deploymentSchema>;

/** The parts of a Deployment that only its users change. */
async function deploymentOf(name: string): Promise<Deployment> {
  return deploymentSchema.parse(
    JSON.parse(await exporters.kubectl('get', 'deployment', name, '--output', 'json')),
  );
}

function inOperators(...args: readonly string[]): Promise<string> {
  return environment.kubernetes.kubectl(['--namespace', OPERATOR.namespace, ...args]);
}

/** The name of the operator's pod that has the Lease; empty: none has it. */
async function leadingPod(): Promise<string> {
  const holder = '--output=jsonpath={.items[0].spec.holderIdentity}';
  const [name = ''] = (await inOperators('get', 'leases', holder)).split('_');
  return name;
}

/** The pod of the operator that has the Lease. */
async function leader(): Promise<{ readonly name: string; readonly uid: string }> {
  const name = await leadingPod();
  const uid = await inOperators('get', 'pod', name, '--output=jsonpath={.metadata.uid}');
  return { name, uid };
}

/** Prints how long something took, for information. No test depends on it. */
function tell(what: string, sinceMs: number): void {
  const seconds = ((performance.now() - sinceMs) / 1000).toFixed(1);
  process.stderr.write(`e2e: ${what} had made a change after ${seconds} s\n`);
}
