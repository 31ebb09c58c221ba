import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../lib/until.ts';
import { type ClusterUnderTest, openCluster, SOON } from '../cluster/cluster-under-test.ts';
import {
  createResource,
  createSecret,
  type ResourceUnderTest,
} from '../cluster/resource-under-test.ts';

const PRIORITY = { allowedPriorityClasses: ['low'] };

let cluster: ClusterUnderTest;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'pod-allowances');
});
afterAll(async () => {
  await cluster.close();
});

const deploymentSchema = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ priorityClassName: z.string().optional() }),
    }),
  }),
});
const secretSchema = z.looseObject({ data: z.record(z.string(), z.string()) });

async function priorityClassOf({ workload }: ResourceUnderTest): Promise<string | undefined> {
  const live = deploymentSchema.parse(await cluster.admin.get('deployment', workload));
  return live.spec.template.spec.priorityClassName;
}

async function passwordOf({ workload }: ResourceUnderTest): Promise<string> {
  const { data } = secretSchema.parse(await cluster.admin.get('secret', workload));
  return Buffer.from(data['kafka-sasl-password'] ?? '', 'base64').toString();
}

describe('a PriorityClass that the administrator does not allow', () => {
  it('is refused, and the last valid spec goes on', async () => {
    const operator = await cluster.startOperator({ options: { podAllowances: PRIORITY } });
    const resource = await createResource(cluster, 'climber', {
      podTemplate: { priorityClassName: 'low' },
    });
    await resource.condition('ConfigValid', 'True Valid');
    await resource.change({
      podTemplate: { priorityClassName: 'system-cluster-critical' },
      topic: 'other.{dataSource}',
    });
    expect(await resource.condition('ConfigValid', 'False NotAllowed')).toBe(
      'spec.podTemplate.priorityClassName: system-cluster-critical is not allowed by the administrator of the operator; allowed: low (--allowed-priority-classes); the last valid spec stays in force',
    );
    await resource.condition('Stalled', 'True NotAllowed');
    expect(await priorityClassOf(resource)).toBe('low');
    await cluster.admin.remove('deployment', resource.workload);
    await until(
      'the Deployment to be made again',
      () => cluster.admin.get('deployment', resource.workload),
      SOON,
    );
    expect(await priorityClassOf(resource)).toBe('low');
    await operator.stop();
  });

  it('does not stop an exporter that has it already: its Deployment is not written any more, and its Secret is', async () => {
    await createSecret(cluster, 'kafka', { username: 'u', password: 'first' });
    const before = await cluster.startOperator();
    const resource = await createResource(cluster, 'earlier', {
      podTemplate: { priorityClassName: 'high' },
      sasl: {
        securityProtocol: 'SASL_PLAINTEXT',
        mechanism: 'PLAIN',
        credentialsSecretRef: { name: 'kafka' },
      },
    });
    await resource.condition('CredentialsResolved', 'True Resolved');
    await until('the Deployment', () => cluster.admin.get('deployment', resource.workload), SOON);
    await before.stop();

    const operator = await cluster.startOperator({ options: { podAllowances: PRIORITY } });
    const message = await resource.condition('ConfigValid', 'False NotAllowed');
    expect(message).toMatch(/; the Deployment stays as it is$/);
    await cluster.admin.patch('secret', 'kafka', { stringData: { password: 'second' } });
    await until(
      'the new password',
      async () => (await passwordOf(resource)) === 'second' || undefined,
      SOON,
    );
    expect(await priorityClassOf(resource)).toBe('high');
    await resource.change({ podTemplate: { priorityClassName: 'low' } });
    await resource.condition('ConfigValid', 'True Valid');
    await until(
      'the allowed class',
      async () => (await priorityClassOf(resource)) === 'low' || undefined,
      SOON,
    );
    await operator.stop();
  });
});
