import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { StatusReport } from '../../../../src/exporter/contract/status-report.ts';
import { readPublication } from '../../../../src/operator/credentials/publish-credentials.ts';
import { dataOf } from '../../../operator/sample-observation.ts';
import { until } from '../../../lib/until.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from '../cluster/cluster-under-test.ts';
import {
  createResource,
  createSecret,
  type ResourceUnderTest,
} from '../cluster/resource-under-test.ts';
import { runPod } from '../cluster/simulated-pods.ts';

const SASL = {
  securityProtocol: 'SASL_PLAINTEXT',
  mechanism: 'SCRAM-SHA-512',
  credentialsSecretRef: { name: 'kafka-user' },
};

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;
let exporter: ResourceUnderTest;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'last-valid');
  operator = await cluster.startOperator();
});
afterEach(async () => {
  await exporter.remove();
  await cluster.kubectl([
    'delete',
    'secret',
    'kafka-user',
    '--namespace',
    cluster.namespace,
    '--ignore-not-found',
  ]);
});
afterAll(async () => {
  await operator.stop();
  await cluster.close();
});

function report(change: Partial<StatusReport> = {}): StatusReport {
  return {
    delivering: true,
    problems: [],
    missingColumns: [],
    shards: [],
    recordsExported: 1,
    credentialsRevision: 1,
    ...change,
  };
}

/** A resource that is Ready with revision 1 of its credentials. */
async function createReady(name: string): Promise<void> {
  cluster.setReport(report());
  await createSecret(cluster, 'kafka-user', { username: 'u', password: 'first' });
  exporter = await createResource(cluster, name, { sasl: SASL });
  await runPod(cluster.admin, name);
  await exporter.condition('Ready', 'True Delivering');
}

function setPassword(password: string): Promise<unknown> {
  return cluster.admin.patch('secret', 'kafka-user', { stringData: { password } });
}

/** `password@revision` of the published credentials, and of those that are tried. */
async function passwords(): Promise<(string | undefined)[]> {
  const secret = await cluster.admin.get('secret', exporter.workload);
  const { candidate, published } = readPublication({ data: dataOf(secret ?? {}) });
  return [published, candidate].map((set) =>
    set === undefined
      ? undefined
      : `${Buffer.from(set.data['kafka-sasl-password'] ?? '', 'base64').toString()}@${set.revision}`,
  );
}

async function untilPasswords(...expected: (string | undefined)[]): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    const found = await passwords();
    return expected.every((each, index) => each === found[index]);
  };
  await until(`the credentials ${expected.join(' and ')}`, isThere, SOON);
}

async function untilDeploymentIsMadeAgain(): Promise<void> {
  const before = await cluster.admin.get('deployment', exporter.workload);
  await cluster.admin.remove('deployment', exporter.workload);
  const isNew = async (): Promise<boolean> => {
    const live = await cluster.admin.get('deployment', exporter.workload);
    return live !== undefined && live.metadata.uid !== before?.metadata.uid;
  };
  await until('the Deployment to come back', isNew, SOON);
}

describe('a resource whose spec becomes invalid', () => {
  it('goes on with its last valid spec: rotation, repair and conditions, also after a restart of the operator', async () => {
    await createReady('invalid-later');
    await exporter.change({ timeZone: 'Asia/Shangai', batchSize: 77 });
    const message = await exporter.condition('Stalled', 'True InvalidSpec');
    expect(message).toMatch(
      /^spec\.timeZone: .* the nearest is "Asia\/Shanghai"; the last valid spec stays in force$/,
    );
    await exporter.condition('ConfigValid', 'False InvalidSpec');
    await exporter.condition('CredentialsApplied', 'True Applied');
    await exporter.condition('WorkloadAvailable', 'True Available');
    await exporter.condition('Delivering', 'True Delivering');

    await setPassword('second');
    await untilPasswords('first@1', 'second@2');
    cluster.setReport(report({ credentialsRevision: 2 }));
    await untilPasswords('second@2', undefined);
    await untilDeploymentIsMadeAgain();

    await operator.stop();
    operator = await cluster.startOperator();
    await untilDeploymentIsMadeAgain();
    expect((await exporter.status()).conditions?.[0]).toMatchObject({ reason: 'InvalidSpec' });
    const maps = JSON.stringify(await cluster.admin.list('configMap'));
    expect(maps).not.toContain('batchSize: 77');

    await exporter.change({ timeZone: 'Asia/Shanghai' });
    await exporter.condition('ConfigValid', 'True Valid');
    await until(
      'the new configuration',
      async () => JSON.stringify(await cluster.admin.list('configMap')).includes('batchSize: 77'),
      SOON,
    );
  });

  it('hears of the Secrets that its last valid spec refers to', async () => {
    await createReady('other-secret-later');
    await exporter.change({
      timeZone: 'Asia/Shangai',
      sasl: { ...SASL, credentialsSecretRef: { name: 'another' } },
    });
    await exporter.condition('Stalled', 'True InvalidSpec');
    await setPassword('second');
    await untilPasswords('first@1', 'second@2');
  });

  it('shares the topics of its last valid spec with others, and each of them says so', async () => {
    await createReady('sharing-later');
    await exporter.change({ timeZone: 'Asia/Shangai', topic: 'elsewhere' });
    await exporter.condition('Stalled', 'True InvalidSpec');
    const other = await createResource(cluster, 'other', { topic: 'sharing-later.{dataSource}' });
    for (const each of [other, exporter]) {
      expect(await each.condition('TopicShared', 'True AnotherResource')).toContain(
        'topic sharing-later.flow_log.l7_flow_log is also written by',
      );
    }
    await other.remove();
    const isShared = async (): Promise<boolean> =>
      (await exporter.status()).conditions?.some(({ type }) => type === 'TopicShared') === true;
    await until('the topic to be written by one resource', async () => !(await isShared()), SOON);
  });

  it('can still be suspended', async () => {
    await createReady('suspended-later');
    await exporter.change({ timeZone: 'Asia/Shangai', suspend: true });
    await exporter.condition('Suspended', 'True Suspended');
    await exporter.condition('Stalled', 'True InvalidSpec');
  });
});

describe('credentials that a server refuses', () => {
  const REFUSED = {
    reason: 'KafkaAuthenticationFailed',
    message: 'refused by Kafka',
    since: '2026-01-01T00:00:00Z',
  } as const;

  it('are not published, and the condition says what is in use and what to do', async () => {
    await createReady('refused');
    await setPassword('wrong');
    await exporter.condition('CredentialsApplied', 'False Trying');
    cluster.setReport(report({ candidate: { revision: 2, problem: REFUSED } }));
    expect(await exporter.condition('CredentialsApplied', 'False CredentialsRefused')).toBe(
      'the pods have tried revision 2 of the credentials, and Kafka refuses it, so it is not published; revision 1 stays published, and is in use by 1 of 1 pods: refused by Kafka',
    );
    await exporter.condition('Delivering', 'True Delivering');
    await untilPasswords('first@1', 'wrong@2');
  });

  it('are never what a new pod starts with: not when the Secret is deleted, nor when the pod is', async () => {
    await createReady('deleted');
    await setPassword('wrong');
    await exporter.condition('CredentialsApplied', 'False Trying');
    cluster.setReport(report({ candidate: { revision: 2, problem: REFUSED } }));
    await cluster.admin.remove('secret', 'kafka-user');
    await exporter.condition('CredentialsResolved', 'False SecretMissing');
    await cluster.kubectl(['delete', 'pods', '--all', '--namespace', cluster.namespace, '--force']);
    await exporter.condition('CredentialsApplied', 'Unknown NoPod');
    await untilPasswords('first@1', 'wrong@2');
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('CredentialsApplied', 'False CredentialsRefused');
    await untilPasswords('first@1', 'wrong@2');
  });

  it('are forgotten once they are corrected: nobody calls a revision refused that nobody has tried', async () => {
    await createReady('corrected');
    await setPassword('wrong');
    cluster.setReport(report({ candidate: { revision: 2, problem: REFUSED } }));
    await exporter.condition('CredentialsApplied', 'False CredentialsRefused');
    await setPassword('right');
    expect(await exporter.condition('CredentialsApplied', 'False Trying')).toContain('revision 3');
    await untilPasswords('first@1', 'right@3');
    cluster.setReport(report({ credentialsRevision: 3 }));
    await exporter.condition('CredentialsApplied', 'True Applied');
    await untilPasswords('right@3', undefined);
  });

  it('are published all the same with preflight: None, also while they are tried', async () => {
    await createReady('untried');
    await setPassword('second');
    await untilPasswords('first@1', 'second@2');
    await exporter.change({ preflight: 'None' });
    await untilPasswords('second@2', undefined);
    await exporter.condition('CredentialsApplied', 'False Pending');
    await setPassword('third');
    await untilPasswords('third@3', undefined);
  });
});
