import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { StatusReport } from '../../../../src/exporter/contract/status-report.ts';
import { CREDENTIALS_REVISION_ANNOTATION } from '../../../../src/operator/desired/labels.ts';
import { until } from '../../../lib/until.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from '../cluster/cluster-under-test.ts';
import { createResource, createSecret } from '../cluster/resource-under-test.ts';
import { runPod } from '../cluster/simulated-pods.ts';
import { untilCalm } from '../cluster/until-calm.ts';
import { installOverlay } from './overlay.ts';

let cluster: ClusterUnderTest;
let home: string;
let account: string;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'pod-patch');
  ({ account, home } = await installOverlay(cluster, { components: ['without-pod-patch'] }));
});
afterAll(async () => {
  await cluster.kubectl(['delete', 'namespace', home, '--wait=false']);
  await cluster.close();
});

function report(credentialsRevision: number): StatusReport {
  return {
    delivering: true,
    problems: [],
    missingColumns: [],
    shards: [],
    recordsExported: 1,
    credentialsRevision,
  };
}

function refusedCalls({ calls }: OperatorUnderTest): string[] {
  return calls.flatMap(({ code, method, path }) =>
    code === '403' ? [`${method} ${path.replace(/\/[^/]+$/, '')}`] : [],
  );
}

describe('without the right to patch pods', () => {
  it('credentials are rotated, only later: the condition says why, and one request is refused', async () => {
    const operator = await cluster.startOperator({ account });
    cluster.setReport(report(1));
    await createSecret(cluster, 'kafka', { username: 'u', password: 'p' });
    const exporter = await createResource(cluster, 'patient', {
      sasl: { mechanism: 'PLAIN', credentialsSecretRef: { name: 'kafka' } },
    });
    const pod = await runPod(cluster.admin, 'patient');
    await exporter.condition('Ready', 'True Delivering');

    await cluster.admin.patch('secret', 'kafka', { stringData: { password: 'new' } });
    const message = await exporter.condition('CredentialsApplied', 'False Trying');
    expect(message).toMatch(
      /; the operator may not patch pods, so their kubelet refreshes the Secret by itself, usually within 90 seconds$/,
    );
    await exporter.condition('Ready', 'False Trying');
    await untilCalm(operator);
    operator.resync();
    await untilCalm(operator);
    expect(refusedCalls(operator)).toEqual([`PATCH /api/v1/namespaces/${cluster.namespace}/pods`]);

    // The kubelet has refreshed the Secret, and the pod has tried it.
    cluster.setReport(report(2));
    await exporter.condition('CredentialsApplied', 'True Applied');
    await exporter.condition('Ready', 'True Delivering');
    const live = await cluster.admin.get('pod', pod.metadata.name);
    expect(live?.metadata.annotations?.[CREDENTIALS_REVISION_ANNOTATION]).toBeUndefined();
    await until(
      'the status to say which revision is in use',
      async () => (await exporter.status()).credentials?.appliedRevision === 2 || undefined,
      SOON,
    );
    expect(refusedCalls(operator)).toHaveLength(1);
    await operator.stop();
  });
});
