import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCommand } from '../../../harness/commands/run-command.ts';
import type { StatusReport } from '../../../../src/exporter/contract/status-report.ts';
import {
  type ClusterUnderTest,
  impersonating,
  openCluster,
  type OperatorUnderTest,
} from '../cluster/cluster-under-test.ts';
import { createResource } from '../cluster/resource-under-test.ts';
import { type Ended, PROGRAMS, runProgram } from '../../../lib/run-program.ts';
import { runPod } from '../cluster/simulated-pods.ts';

const kubernetes = inject('kubernetes');
const REPORT: StatusReport = {
  delivering: true,
  problems: [],
  missingColumns: [],
  recordsExported: 1,
  shards: [0, 1],
  shardCount: 2,
  lagSeconds: 31,
};

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'status-test-'));
  cluster = await openCluster(kubernetes, 'status');
  operator = await cluster.startOperator();
  cluster.setReport(REPORT);
  const well = await createResource(cluster, 'well', { delivery: { shards: 2 } });
  await runPod(cluster.admin, 'well');
  await well.condition('Ready', 'True Delivering');
  const waiting = await createResource(cluster, 'waiting');
  await waiting.condition('Ready', 'False Progressing');
});

afterAll(async () => {
  await operator.stop();
  await cluster.close();
  await rm(folder, { recursive: true });
});

/** Runs `status` for the namespace of the test, as the administrator or with another kubeconfig. */
async function status(
  args: readonly string[],
  { kubeconfig = kubernetes.kubeconfigPath, until }: { kubeconfig?: string; until?: RegExp } = {},
): Promise<Ended> {
  const options = ['--kubeconfig', kubeconfig, ...args];
  return runProgram('main.ts', ['status', ...options], until === undefined ? {} : { until });
}

const here = (): readonly string[] => ['--namespace', cluster.namespace];

/** A kubeconfig with the rights of a role in the namespace of the test; undefined: with no right. */
async function userWith(name: string, role: string | undefined): Promise<string> {
  const account = `${cluster.namespace}:${name}`;
  if (role !== undefined) {
    await cluster.kubectl([
      ...['create', 'rolebinding', name, '--namespace', cluster.namespace],
      ...['--clusterrole', role, '--serviceaccount', account],
    ]);
  }
  const file = path.join(folder, `${name}.kubeconfig`);
  await writeFile(file, await impersonating(kubernetes.kubeconfigPath, { account }));
  return file;
}

const cells = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('status', () => {
  it('shows all exporters of a namespace, and ends with 1 since one is not ready', async () => {
    const { code, stderr, stdout } = await status(here());
    const [headings, waiting, well] = cells(stdout);
    expect(headings?.slice(0, 5)).toEqual(['NAME', 'READY', 'REASON', 'PODS', 'LAG']);
    expect(waiting?.slice(0, 4)).toEqual(['waiting', 'False', 'Progressing', '0/1']);
    expect(well?.slice(0, 5)).toEqual(['well', 'True', 'Delivering', '1/1', '<1m']);
    // The pod of this test is on no node, and the API server reaches no pod at 127.0.0.1.
    expect(stderr).toMatch(/^pod \S+\/well-exporter-\S+ did not answer: /);
    expect(code).toBe(1);
  });

  it('of one exporter that is ready ends with 0, and shows it as JSON and YAML', async () => {
    const json = await status(['well', ...here(), '-o', 'json']);
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({
      exporters: [{ name: 'well', namespace: cluster.namespace, ready: 'True', lagStep: '<1m' }],
      gaps: [expect.stringContaining('did not answer')],
    });
    const yaml = await status(['well', ...here(), '-o', 'yaml']);
    expect(yaml.stdout).toContain('\n  - namespace: ');
  });

  it('of all namespaces says in which they are', async () => {
    const { stdout } = await status(['-A']);
    expect(cells(stdout)[0]?.slice(0, 2)).toEqual(['NAMESPACE', 'NAME']);
    expect(stdout).toMatch(new RegExp(`^${cluster.namespace} +well +True`, 'm'));
  });

  it('takes namespace and context of the kubeconfig', async () => {
    const file = path.join(folder, 'context.kubeconfig');
    await writeFile(file, await impersonating(kubernetes.kubeconfigPath, { account: 'a:b' }));
    const config = ['config', '--kubeconfig', file];
    const first = async (list: string): Promise<string> =>
      (await cluster.kubectl([...config, list])).split('\n')[1] ?? '';
    await cluster.kubectl([
      ...[...config, 'set-context', 'mine', '--namespace', cluster.namespace],
      ...['--cluster', await first('get-clusters'), '--user', await first('get-users')],
    ]);
    const { stderr } = await status(['--context', 'mine'], { kubeconfig: file });
    expect(stderr).toContain(`may not read KafkaExporters of namespace ${cluster.namespace}`);
    const unknown = await status(['--context', 'theirs'], { kubeconfig: file });
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no context theirs') as string,
    });
  });

  it('watches: it shows a table again and again, and ends at once on Ctrl-C', async () => {
    const options = ['--watch', '--interval', '1', ...here()];
    const { signal, stdout } = await status(options, { until: /(?:NAME[^]*\nwell [^]*){3}/ });
    expect(stdout.match(/^well .*True/gm)?.length).toBeGreaterThanOrEqual(3);
    expect(signal).toBe('SIGINT');
  });

  it('says what a name, an option or an address must be', async () => {
    expect(await status(['none', ...here()])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no KafkaExporter none') as string,
    });
    expect(await status(['well', '-A'])).toMatchObject({
      code: 2,
      stderr: '--all-namespaces shows all exporters: leave out the name and --namespace\n',
    });
    expect(await status(['--interval', '0'])).toMatchObject({
      code: 2,
      stderr: '--interval: must be a number of 1 to 3600\n',
    });
  });
});

describe('kubectl kfx', () => {
  it('is a plugin that kubectl finds and runs: it shows the same table, and its help', async () => {
    const bin = path.join(folder, 'bin');
    await mkdir(bin);
    const script = `#!/bin/sh\nexec '${process.execPath}' '${PROGRAMS}kubectl-kfx.ts' "$@"\n`;
    await writeFile(path.join(bin, 'kubectl-kfx'), script, { mode: 0o755 });
    const PATH = [bin, process.env['PATH']].join(path.delimiter);
    const env = { PATH, KUBECONFIG: kubernetes.kubeconfigPath };
    const kubectl = (...args: readonly string[]): Promise<string> =>
      runCommand(kubernetes.kubectlPath, ['kfx', ...args], { env });
    expect(cells(await kubectl('status', 'well', ...here()))[1]?.slice(0, 5)).toEqual(
      cells((await status(['well', ...here()])).stdout)[1]?.slice(0, 5),
    );
    expect(await kubectl('--help')).toContain('Usage: kubectl kfx [options] [command]');
    expect(await kubectl('status', '--help')).toContain('Usage: kubectl kfx status ');
  });
});

describe('the rights of the user', () => {
  it('without any, it is one sentence', async () => {
    const { code, stderr, stdout } = await status(here(), {
      kubeconfig: await userWith('nobody', undefined),
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `you may not read KafkaExporters of namespace ${cluster.namespace}: ask for a RoleBinding to kafkaexporter-viewer there\n`,
    );
  });

  it('as kafkaexporter-viewer show what the resources have, and which right is missing', async () => {
    const kubeconfig = await userWith('viewer', 'kafkaexporter-viewer');
    const { code, stderr, stdout } = await status(['well', ...here()], { kubeconfig });
    expect(cells(stdout)[1]?.slice(0, 5)).toEqual(['well', 'True', 'Delivering', '1/1', '<1m']);
    expect(stderr).toContain('(right: list pods)');
    expect(code).toBe(0);
    const all = await status(['-A'], { kubeconfig });
    expect(all.stderr).toContain('you may not list KafkaExporters of all namespaces');
  });

  it('as kafkaexporter-viewer who may list pods name pods/proxy', async () => {
    const kubeconfig = await userWith('lister', 'kafkaexporter-viewer');
    const subject = ['--serviceaccount', `${cluster.namespace}:lister`];
    await cluster.kubectl([
      ...['create', 'role', 'pods', '--verb', 'list', '--resource', 'pods'],
      ...here(),
    ]);
    await cluster.kubectl([
      ...['create', 'rolebinding', 'pods', '--role', 'pods', ...subject],
      ...here(),
    ]);
    const { stderr } = await status(['well', ...here()], { kubeconfig });
    expect(stderr).toContain('(right: get pods/proxy)');
  });

  it('as kafkaexporter-status-reader are all that is needed', async () => {
    const kubeconfig = await userWith('reader', 'kafkaexporter-status-reader');
    const { stderr } = await status(['well', ...here()], { kubeconfig });
    expect(stderr).not.toContain('you may not');
  });
});
