import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../lib/until.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from '../cluster/cluster-under-test.ts';
import { createResource, createSecret } from '../cluster/resource-under-test.ts';

const LABEL = 'export.deepflow.io/allowed';
const SASL = { securityProtocol: 'SASL_PLAINTEXT', mechanism: 'PLAIN' };

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'secret-label');
  const secretLabel = { key: LABEL, value: 'true' };
  operator = await cluster.startOperator({ options: { secretLabel } });
});

afterAll(async () => {
  await operator.stop();
  await cluster.close();
});

const withData = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });

async function publishedPassword(workload: string): Promise<string> {
  const { data } = withData.parse((await cluster.admin.get('secret', workload)) ?? {});
  return Buffer.from(data['kafka-sasl-password'] ?? '', 'base64').toString();
}

async function label(name: string): Promise<void> {
  const secret = ['label', 'secret', name, '--namespace', cluster.namespace, '--overwrite'];
  await cluster.kubectl([...secret, `${LABEL}=true`]);
}

describe('with --require-secret-label', () => {
  it('a Secret without the label is not used, and is used as soon as it has it', async () => {
    await createSecret(cluster, 'kafka', { username: 'u', password: 'hidden' });
    const credentialsSecretRef = { name: 'kafka' };
    const resource = await createResource(cluster, 'labelled', {
      sasl: { ...SASL, credentialsSecretRef },
    });
    const message = await resource.condition('CredentialsResolved', 'False SecretNotLabelled');
    expect(message).toContain(
      `kubectl label secret kafka --namespace ${cluster.namespace} --overwrite ${LABEL}=true`,
    );
    expect(await cluster.admin.get('secret', resource.workload)).toBeUndefined();
    expect(await cluster.admin.get('deployment', resource.workload)).toBeUndefined();
    await label('kafka');
    await resource.condition('CredentialsResolved', 'True Resolved');
    expect(await publishedPassword(resource.workload)).toBe('hidden');

    await cluster.admin.patch('secret', 'kafka', { metadata: { labels: { [LABEL]: null } } });
    await resource.condition('CredentialsResolved', 'False SecretNotLabelled');
    await cluster.admin.patch('secret', 'kafka', { stringData: { password: 'stolen' } });
    await createSecret(cluster, 'other', { username: 'u', password: 'stolen' });
    await resource.change({ sasl: { credentialsSecretRef: { name: 'other' } } });
    expect(await resource.condition('CredentialsResolved', 'False SecretNotLabelled')).toContain(
      'the last valid credentials stay in use',
    );
    expect(await publishedPassword(resource.workload)).toBe('hidden');
    expect(JSON.stringify(await resource.status())).not.toMatch(/hidden|stolen/);
  });

  it('the Secret that the operator made for another exporter is not used', async () => {
    const resource = await createResource(cluster, 'copycat', {
      sasl: {
        ...SASL,
        credentialsSecretRef: {
          name: 'labelled-exporter',
          username: 'u',
          passwordKey: 'kafka-sasl-password',
        },
      },
    });
    await resource.condition('CredentialsResolved', 'False SecretNotLabelled');
  });

  it('a variable of the pods is not taken from a Secret without the label', async () => {
    await createSecret(cluster, 'proxy', { url: 'http://u:p@proxy:3128' });
    const env = [
      { name: 'HTTPS_PROXY', valueFrom: { secretKeyRef: { name: 'proxy', key: 'url' } } },
    ];
    const resource = await createResource(cluster, 'variable', { podTemplate: { env } });
    const message = await resource.condition('CredentialsResolved', 'False SecretNotLabelled');
    expect(message).toContain('(spec.podTemplate.env)');
    expect(await cluster.admin.get('deployment', resource.workload)).toBeUndefined();
    await label('proxy');
    await resource.condition('CredentialsResolved', 'True NotNeeded');
    await until('the Deployment', () => cluster.admin.get('deployment', resource.workload), SOON);
  });
});
