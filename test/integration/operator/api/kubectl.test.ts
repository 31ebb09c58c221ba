import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import type { StatusReport } from '../../../../src/exporter/contract/status-report.ts';
import { until } from '../../../lib/until.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from '../cluster/cluster-under-test.ts';
import { createResource, type ResourceUnderTest } from '../cluster/resource-under-test.ts';
import { runPod } from '../cluster/simulated-pods.ts';

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;
let resource: ResourceUnderTest | undefined;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'kubectl');
  operator = await cluster.startOperator();
});

afterEach(async () => {
  await resource?.remove();
  resource = undefined;
});

afterAll(async () => {
  await operator.stop();
  await cluster.close();
});

async function create(
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<ResourceUnderTest> {
  resource = await createResource(cluster, name, spec);
  return resource;
}

function report(change: Partial<StatusReport> = {}): StatusReport {
  const healthy = { delivering: true, problems: [], missingColumns: [], recordsExported: 1 };
  return { ...healthy, shards: [0, 1], shardCount: 2, lagSeconds: 31, ...change };
}

async function kubectl(...args: readonly string[]): Promise<string> {
  return cluster.kubectl([...args, '--namespace', cluster.namespace]);
}

/** The table of `kubectl get kfx`: the headings, and the cells of the only resource. */
async function table(...args: readonly string[]): Promise<string[][]> {
  const lines = (await kubectl('get', 'kfx', ...args)).trimEnd().split('\n');
  return lines.map((line) => line.trimEnd().split(/ {2,}/));
}

async function replicasOf(workload: string): Promise<unknown> {
  const live = await cluster.admin.get('deployment', workload);
  return z.looseObject({ spec: z.looseObject({ replicas: z.int() }) }).parse(live).spec.replicas;
}

const SHARDS = { delivery: { shards: 2 } };

describe('kubectl get', () => {
  it('shows readiness, the reason, the pods and the lag in 80 characters', async () => {
    cluster.setReport(report());
    const exporter = await create('flow-logs', { ...SHARDS, replicas: 1 });
    await exporter.condition('Ready', 'False Progressing');
    const [headings, starting] = await table();
    expect(headings).toEqual(['NAME', 'READY', 'REASON', 'PODS', 'LAG', 'AGE']);
    expect(starting?.slice(0, 4)).toEqual(['flow-logs', 'False', 'Progressing', '0/1']);
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    const [, ready] = await table();
    expect(ready?.slice(0, 5)).toEqual(['flow-logs', 'True', 'Delivering', '1/1', '<1m']);
    expect(
      Math.max(...(await kubectl('get', 'kfx')).split('\n').map((l) => l.length)),
    ).toBeLessThan(80);
  });

  it('shows with -o wide also the data sources, the topics and the message', async () => {
    cluster.setReport(report());
    const exporter = await create('wide', SHARDS);
    await exporter.condition('Ready', 'False Progressing');
    const [headings, cells] = await table('--output', 'wide');
    expect(headings).toEqual('NAME READY REASON PODS LAG SOURCES TOPICS MESSAGE AGE'.split(' '));
    expect(cells?.slice(-4, -1)).toEqual([
      '["flow_log.l7_flow_log"]',
      '{"flow_log.l7_flow_log":"wide.flow_log.l7_flow_log"}',
      'the pod is not available yet',
    ]);
  });
});

describe('status.delivery', () => {
  it('is not written while the lag jitters around a limit, and is when it leaves it', async () => {
    cluster.setReport(report({ lagSeconds: 61 }));
    const exporter = await create('jitter', SHARDS);
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    const lag = async (): Promise<unknown> => (await exporter.status()).delivery?.lag;
    await until('the lag', async () => (await lag()) === '<5m', SOON);
    const again = async (): Promise<void> => {
      const before = operator.reconciliations();
      operator.resync();
      await until('a reconciliation', () => operator.reconciliations() > before, SOON);
    };
    await again();
    const writes = operator.writes().length;
    for (const lagSeconds of [59, 61, 57, 63, 52, 60]) {
      cluster.setReport(report({ lagSeconds }));
      await again();
    }
    expect(operator.writes().slice(writes)).toEqual([]);
    cluster.setReport(report({ lagSeconds: 8_000, shards: [1] }));
    await until('the lag to be shown', async () => (await lag()) === '<1d', SOON);
    expect((await exporter.status()).delivery?.unownedShards).toEqual([0]);
  });

  it('keeps the last error with its time when it is over', async () => {
    const problem = { reason: 'TableMissing', message: 'no table', since: '2026-01-01T00:00:00Z' };
    cluster.setReport(
      report({ delivering: false, problems: [{ ...problem, reason: 'TableMissing' }] }),
    );
    const exporter = await create('error', SHARDS);
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'False TableMissing');
    const seen = (await exporter.status()).delivery?.lastError;
    expect(seen).toMatchObject({ reason: 'TableMissing', message: 'no table' });
    expect(Date.parse(seen?.time ?? '')).toBeGreaterThan(Date.now() - 60_000);
    cluster.setReport(report());
    await exporter.condition('Ready', 'True Delivering');
    expect((await exporter.status()).delivery?.lastError).toEqual(seen);
  });
});

describe('an Event', () => {
  it('that repeats is a series of one Event, which kubectl counts', async () => {
    cluster.setReport(report());
    const exporter = await create('flapping', SHARDS);
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    for (let round = 0; round < 3; round += 1) {
      await exporter.change({ suspend: true });
      await exporter.change({ queueCount: 8 + round });
      await exporter.condition('Ready', 'False Suspended');
      await exporter.change({ queueCount: 4, suspend: false });
      await exporter.condition('Ready', 'True Delivering');
    }
    const series = z.looseObject({ series: z.object({ count: z.int() }).optional() });
    const counts = async (reason: string): Promise<unknown[]> =>
      (await cluster.admin.list('event'))
        .filter((event) => event['reason'] === reason)
        .filter((event) => JSON.stringify(event['regarding']).includes('"flapping"'))
        .map((event) => series.parse(event).series?.count);
    await until('the count', async () => (await counts('Delivering'))[0] === 4, SOON);
    expect(await counts('Suspended')).toEqual([3]);
    const list = ['events', '--for', 'kafkaexporter/flapping', '--no-headers'];
    const lines = (await kubectl(...list))
      .split('\n')
      .filter((line) => line.includes('Delivering'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('(x4 over');
  });
});

describe('kubectl scale', () => {
  it('sets spec.replicas, also when it was absent, and the Deployment follows', async () => {
    cluster.setReport(report());
    const exporter = await create('scaled', SHARDS);
    await exporter.condition('Ready', 'False Progressing');
    await kubectl('scale', 'kfx', 'scaled', '--replicas=3');
    await until('three pods', async () => (await replicasOf('scaled-exporter')) === 3, SOON);
    const scale = z.object({
      spec: z.object({ replicas: z.int() }),
      status: z.object({ replicas: z.int(), selector: z.string() }),
    });
    const read = async (): Promise<z.infer<typeof scale>> =>
      scale.parse(
        JSON.parse(await kubectl('get', 'kfx', 'scaled', '--subresource=scale', '--output=json')),
      );
    await until('the pods to be counted', async () => (await read()).status.replicas === 3, SOON);
    const { selector } = (await read()).status;
    const pods = await kubectl('get', 'pods', '--selector', selector, '--output=name');
    expect(pods.trim().split('\n')).toHaveLength(3);
    expect((await exporter.status()).pods).toBe('0/3');
    await kubectl('scale', 'kfx', 'scaled', '--current-replicas=3', '--replicas=1');
    await until('one pod', async () => (await replicasOf('scaled-exporter')) === 1, SOON);
  });

  it('refuses zero, which enabled: false is for', async () => {
    const exporter = await create('zero', { ...SHARDS, replicas: 1 });
    await exporter.condition('Ready', 'False Progressing');
    await expect(kubectl('scale', 'kfx', 'zero', '--replicas=0')).rejects.toThrow(
      'should be greater than or equal to 1',
    );
  });

  it('has a sub-resource that a HorizontalPodAutoscaler scales', async () => {
    const exporter = await create('auto', { ...SHARDS, replicas: 1 });
    await exporter.condition('Ready', 'False Progressing');
    const hpa = ['--min=2', '--max=4', '--cpu-percent=80'];
    await kubectl('autoscale', 'kafkaexporters.export.deepflow.io', 'auto', ...hpa);
    // The controller of Kubernetes looks every 15 s, and for new kinds of custom resources every 30 s.
    const deadline = { deadlineMs: 100_000 };
    await until('two pods', async () => (await replicasOf('auto-exporter')) === 2, deadline);
    await kubectl('delete', 'hpa', 'auto');
  });

  it('cannot read the number of pods while spec.replicas is absent', async () => {
    await create('absent', SHARDS);
    await expect(kubectl('get', 'kfx', 'absent', '--subresource=scale')).rejects.toThrow(
      '.spec.replicas',
    );
  });
});
