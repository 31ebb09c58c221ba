import { rootCertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../lib/until.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from './cluster/cluster-under-test.ts';
import {
  createResource,
  createSecret,
  type ResourceUnderTest,
} from './cluster/resource-under-test.ts';

const [FIRST_CA = '', SECOND_CA = ''] = rootCertificates;
const BUNDLE = 'trusted-cas';

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;
let resource: ResourceUnderTest | undefined;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'references');
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

const withData = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });

/** Waits until the Secret of the pods has this revision, and returns its content. */
async function published(name: string, revision: string): Promise<Record<string, string>> {
  return until(
    `revision ${revision}`,
    async () => {
      const secret = await cluster.admin.get('secret', `${name}-exporter`);
      const content = Object.fromEntries(
        Object.entries(withData.parse(secret ?? {}).data).map(([key, value]) => [
          key,
          Buffer.from(value, 'base64').toString(),
        ]),
      );
      // The spec that the operator keeps in the Secret.
      delete content['spec.json'];
      return content['revision'] === revision ? content : undefined;
    },
    SOON,
  );
}

async function createConfigMap(data: Readonly<Record<string, string>>): Promise<void> {
  await cluster.admin.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: BUNDLE, namespace: cluster.namespace },
    data,
  });
}

describe('a user name in the resource', () => {
  it('is published beside the password of the Secret, and is part of the revision', async () => {
    await createSecret(cluster, 'my-user', { password: 'p', 'sasl.jaas.config': 'x' });
    const credentialsSecretRef = { name: 'my-user' };
    const sasl = { securityProtocol: 'SASL_PLAINTEXT', mechanism: 'SCRAM-SHA-512' };
    resource = await createResource(cluster, 'strimzi', {
      sasl: { ...sasl, credentialsSecretRef },
    });
    const refused = await resource.condition('CredentialsResolved', 'False SecretKeyMissing');
    expect(refused).toContain('set spec.sasl.credentialsSecretRef.username');
    await resource.change({ sasl: { credentialsSecretRef: { username: 'my-user' } } });
    expect(await published('strimzi', '1')).toEqual({
      'kafka-sasl-username': 'my-user',
      'kafka-sasl-password': 'p',
      revision: '1',
    });
    await resource.change({ sasl: { credentialsSecretRef: { username: 'other' } } });
    expect(await published('strimzi', '2')).toMatchObject({ 'kafka-sasl-username': 'other' });
  });
});

describe('a newline at the end of a password', () => {
  it('is published as it is, and the condition names the Secret and the key', async () => {
    await createSecret(cluster, 'from-file', { username: 'u', password: 'hidden\n' });
    resource = await createResource(cluster, 'newline', {
      sasl: {
        securityProtocol: 'SASL_PLAINTEXT',
        mechanism: 'PLAIN',
        credentialsSecretRef: { name: 'from-file' },
      },
    });
    const message = await resource.condition('CredentialsResolved', 'True NewlineAtEnd');
    expect(message).toContain('key password of Secret from-file');
    expect(JSON.stringify(await resource.status())).not.toContain('hidden');
    expect(await published('newline', '1')).toMatchObject({ 'kafka-sasl-password': 'hidden\n' });
    await cluster.admin.patch('secret', 'from-file', { stringData: { password: 'hidden' } });
    await resource.condition('CredentialsResolved', 'True Resolved');
  });
});

describe('the token of a ServiceAccount for the Kubernetes API', () => {
  it('is refused, and nothing of it is in what the operator makes', async () => {
    const { admin, namespace } = cluster;
    await admin.create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot', namespace },
    });
    await admin.create({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: {
        name: 'robot-token',
        namespace,
        annotations: { 'kubernetes.io/service-account.name': 'robot' },
      },
      stringData: { username: 'robot' },
    });
    await until(
      'Kubernetes to write the token',
      async () =>
        withData.parse((await admin.get('secret', 'robot-token')) ?? {}).data['token'] !==
          undefined || undefined,
      SOON,
    );
    resource = await createResource(cluster, 'thief', {
      sasl: {
        securityProtocol: 'SASL_PLAINTEXT',
        mechanism: 'PLAIN',
        credentialsSecretRef: { name: 'robot-token', passwordKey: 'token' },
      },
    });
    const message = await resource.condition('CredentialsResolved', 'False SecretTypeRefused');
    expect(message).toContain('Secret robot-token (spec.sasl.credentialsSecretRef) has the type');
    expect(await admin.get('secret', resource.workload)).toBeUndefined();
    await createSecret(cluster, 'own', { username: 'u', token: 'p' });
    await resource.change({ sasl: { credentialsSecretRef: { name: 'own' } } });
    expect(await published('thief', '1')).toMatchObject({ 'kafka-sasl-password': 'p' });
  });
});

describe('CA certificates in a ConfigMap', () => {
  it('are waited for, and a rotated bundle reaches the pods as a new revision', async () => {
    resource = await createResource(cluster, 'bundled', {
      tls: { caConfigMapRef: { name: BUNDLE, key: 'ca-bundle.crt' } },
    });
    const missing = await resource.condition('CredentialsResolved', 'False ConfigMapMissing');
    expect(missing).toContain(`ConfigMap ${BUNDLE} (spec.tls.caConfigMapRef) does not exist`);
    await createConfigMap({ 'root-certs.pem': FIRST_CA });
    const wrongKey = await resource.condition('CredentialsResolved', 'False ConfigMapKeyMissing');
    expect(wrongKey).toContain('set spec.tls.caConfigMapRef.key to root-certs.pem');
    await cluster.admin.patch('configMap', BUNDLE, { data: { 'ca-bundle.crt': FIRST_CA } });
    expect(await published('bundled', '1')).toEqual({ 'kafka-ca.crt': FIRST_CA, revision: '1' });
    // It is written after the Secret, which its pods need.
    const before = await until('the Deployment', () =>
      cluster.admin.get('deployment', 'bundled-exporter'),
    );
    const both = `${FIRST_CA}\n${SECOND_CA}`;
    await cluster.admin.patch('configMap', BUNDLE, { data: { 'ca-bundle.crt': both } });
    expect(await published('bundled', '2')).toEqual({ 'kafka-ca.crt': both, revision: '2' });
    const after = await cluster.admin.get('deployment', 'bundled-exporter');
    expect(after?.metadata.generation).toBe(before.metadata.generation);
    await cluster.admin.patch('configMap', BUNDLE, { data: { 'ca-bundle.crt': 'x' } });
    expect(await resource.condition('CredentialsResolved', 'False CertificateInvalid')).toContain(
      'the last valid credentials stay in use',
    );
  });
});
