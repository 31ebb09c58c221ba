import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePorts } from '../../harness/process/free-ports.ts';
import { LEASE_DURATION_MS } from '../../../src/operator/leader/leader-election.ts';
import type { ManagedProcess } from '../../harness/process/managed-process.ts';
import { openRun, type Run } from '../../harness/process/run.ts';
import { until, untilDone } from '../../lib/until.ts';
import {
  type ClusterUnderTest,
  DEPLOYED,
  IMAGE,
  openCluster,
} from './cluster/cluster-under-test.ts';
import { createResource, type ResourceUnderTest } from './cluster/resource-under-test.ts';

const COMMAND = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const FAIL_OVER_MS = 20_000;
const HAND_OVER_MS = 3_000;

/** An operator as a process of its own, as in a pod. */
interface OperatorProcess {
  readonly process: ManagedProcess;
  /** The sum of the series of a metric that have this label; undefined while there are none, or it does not answer. */
  metric(name: string, label?: string): Promise<number | undefined>;
}

let cluster: ClusterUnderTest;
let kubeconfig: string;
let run: Run;
let resource: ResourceUnderTest;
let started = 0;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'leader');
  kubeconfig = await cluster.deployedKubeconfig();
  run = await openRun('operators');
  const { name, namespace } = DEPLOYED;
  await cluster.kubectl(['delete', 'lease', name, '--namespace', namespace, '--ignore-not-found']);
});

afterAll(async () => {
  await run.stop();
  await cluster.close();
});

async function start(...more: string[]): Promise<OperatorProcess> {
  const [port = 0] = await freePorts(1);
  const process = await run.start({
    name: `operator-${++started}`,
    command: globalThis.process.execPath,
    args: [
      ...[COMMAND, 'operator', '--kubeconfig', kubeconfig, '--exporter-image', IMAGE],
      ...['--leader-elect', '--leader-election-namespace', DEPLOYED.namespace],
      ...['--watch-namespaces', cluster.namespace, '--port', String(port), ...more],
    ],
  });
  const metric = async (name: string, label = ''): Promise<number | undefined> => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    const lines = ((await response?.text()) ?? '')
      .split('\n')
      .filter((line) => line.startsWith(name) && line.includes(label));
    return lines.length === 0
      ? undefined
      : lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  return { process, metric };
}

/** Waits until an operator leads, or until it has listed all objects and is ready to take over. */
const untilLeading = (operator: OperatorProcess, isLeading: boolean): Promise<unknown> =>
  until('its part', () => operator.metric('leader_election_master_status{'), {
    isWanted: (value) => value === (isLeading ? 1 : 0),
  });

/** Changes the resource, and returns how long it took until that was reconciled, in milliseconds. */
async function timeToReconcile(queueCount: number): Promise<number> {
  const startMs = performance.now();
  await resource.change({ queueCount });
  const live = await cluster.admin.get('kafkaExporter', resource.name);
  await until('a status', async () => (await resource.status()).observedGeneration, {
    isWanted: (generation) => generation === live?.metadata.generation,
  });
  return performance.now() - startMs;
}

async function writesOf(operator: OperatorProcess): Promise<number> {
  const methods = ['PATCH', 'DELETE', 'POST', 'PUT'];
  const counts = methods.map((method) =>
    operator.metric('rest_client_requests_total', `method="${method}"`),
  );
  return (await Promise.all(counts)).reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

describe('of several operators', () => {
  let leader: OperatorProcess;
  let second: OperatorProcess;

  it('one reconciles, and the others watch and write nothing', async () => {
    leader = await start();
    await untilLeading(leader, true);
    const [profilePort = 0] = await freePorts(1);
    second = await start('--profile-port', String(profilePort));
    await untilLeading(second, false);
    const profile = await untilDone('a profile', () =>
      fetch(`http://127.0.0.1:${profilePort}/debug/pprof/profile?seconds=0.1`),
    );
    expect(profile.status).toBe(200);
    resource = await createResource(cluster, 'led');
    await resource.condition('Ready', 'False Progressing');
    expect(await writesOf(leader)).toBeGreaterThan(0);
    expect(await writesOf(second)).toBe(0);
  });

  it('another one reconciles within 20 seconds when the leader is killed', async () => {
    await leader.process.kill();
    expect(await timeToReconcile(2)).toBeLessThan(FAIL_OVER_MS);
    leader = second;
  });

  it('another one reconciles within 3 seconds when the leader is told to stop', async () => {
    second = await start();
    await untilLeading(second, false);
    const startMs = performance.now();
    const stopped = leader.process.stop();
    // The one that stops may still reconcile the change: the other one has to lead as well.
    await Promise.all([timeToReconcile(3), untilLeading(second, true)]);
    expect(performance.now() - startMs).toBeLessThan(HAND_OVER_MS);
    await stopped;
    leader = second;
  });

  it('a leader that loses the Lease ends', async () => {
    const { name, namespace } = DEPLOYED;
    const spec = { holderIdentity: 'another', leaseDurationSeconds: LEASE_DURATION_MS / 1_000 };
    await cluster.kubectl([
      ...['patch', 'lease', name, '--namespace', namespace, '--type', 'merge'],
      ...['--patch', JSON.stringify({ spec })],
    ]);
    // As long as it takes until another one could claim it.
    const deadlineMs = LEASE_DURATION_MS;
    await until('its end', () => !leader.process.isRunning(), { deadlineMs });
  });
});
