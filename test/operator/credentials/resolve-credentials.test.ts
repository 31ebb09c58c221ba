import { generateKeyPairSync } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { credentialNeeds } from '../../../src/operator/credentials/credential-needs.ts';
import {
  resolveCredentials,
  type SecretContent,
} from '../../../src/operator/credentials/resolve-credentials.ts';
import { secretContent } from '../sample-observation.ts';
import { SASL, sampleResource } from '../sample-resource.ts';

const CERTIFICATE = rootCertificates[0] ?? '';
const KEY = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const TLS = { tls: { clientCertificateSecretRef: { name: 'client' } } };

const PUSH = {
  universalTagTranslateToNameDisabled: true,
  source: {
    http: {
      bearerTokenSecretRef: { name: 'token' },
      tls: {
        certificateSecretRef: { name: 'server' },
        clientCaSecretRef: { name: 'clients' },
      },
    },
  },
};

function resolve(
  spec: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, SecretContent>>,
): ReturnType<typeof resolveCredentials> {
  const needs = credentialNeeds(sampleResource(spec).spec);
  return resolveCredentials(
    needs,
    { secrets: new Map(Object.entries(secrets)), configMaps: new Map() },
    'observability',
  );
}

describe('a Secret that no resource may refer to', () => {
  it('is refused once for each field, and no value is looked at', () => {
    const token = {
      ...secretContent({ username: 'u', password: '' }),
      refusal: { reason: 'SecretTypeRefused' } as const,
    };
    expect(resolve({ sasl: SASL }, { kafka: token })).toEqual({
      kind: 'refused',
      reason: 'SecretTypeRefused',
      message:
        "Secret kafka (spec.sasl.credentialsSecretRef) has the type kubernetes.io/service-account-token: its token gives rights in Kubernetes and is never sent to another server; refer to a Secret with credentials of that server. To log in to Kafka as the pod's ServiceAccount, set spec.sasl.oauthBearer.serviceAccountToken",
    });
  });

  it('is named with the command that labels it', () => {
    const label = { key: 'export.deepflow.io/allowed', value: 'true' };
    const kafka = { data: {}, refusal: { reason: 'SecretNotLabelled', label } as const };
    expect(resolve({ sasl: SASL }, { kafka })).toEqual({
      kind: 'refused',
      reason: 'SecretNotLabelled',
      message:
        'Secret kafka (spec.sasl.credentialsSecretRef) does not have the label export.deepflow.io/allowed=true, so no KafkaExporter may use it (--require-secret-label of the operator); if this KafkaExporter may, set the label: kubectl label secret kafka --namespace observability --overwrite export.deepflow.io/allowed=true',
    });
  });
});

describe('credentials', () => {
  it('are copied byte for byte, also if they are not text', () => {
    const odd = { data: { user: 'AP8K', word: btoa('p\n') } };
    const reference = { name: 'odd', usernameKey: 'user', passwordKey: 'word' };
    const spec = { sasl: { ...SASL, credentialsSecretRef: reference } };
    expect(resolve(spec, { odd })).toEqual({
      kind: 'resolved',
      data: { 'kafka-sasl-username': 'AP8K', 'kafka-sasl-password': btoa('p\n') },
    });
  });

  it('of ClickHouse and the CA certificates of Kafka have their own files', () => {
    const spec = {
      source: { clickHouse: { url: 'http://c:1', credentialsSecretRef: { name: 'ch' } } },
      tls: { caSecretRef: { name: 'ca' } },
    };
    const secrets = {
      ch: secretContent({ username: 'u', password: 'p' }),
      ca: secretContent({ 'ca.crt': CERTIFICATE }),
    };
    const resolved = resolve(spec, secrets);
    expect(resolved.kind === 'resolved' ? Object.keys(resolved.data) : resolved).toEqual([
      'kafka-ca.crt',
      'clickhouse-username',
      'clickhouse-password',
    ]);
  });

  it('of ClickHouse’s TLS have their own files, and certificate and key must match', () => {
    const clickHouse = {
      url: 'https://c:1',
      credentialsSecretRef: { name: 'ch' },
      tls: {
        caSecretRef: { name: 'ch-ca', key: 'bundle' },
        clientCertificateSecretRef: { name: 'ch-client' },
      },
    };
    const spec = { source: { clickHouse } };
    expect(credentialNeeds(sampleResource(spec).spec).map(({ file }) => file)).toEqual([
      'clickhouse-username',
      'clickhouse-password',
      'clickhouse-ca.crt',
      'clickhouse-client.crt',
      'clickhouse-client.key',
    ]);
    const secrets = {
      ch: secretContent({ username: 'u', password: 'p' }),
      'ch-ca': secretContent({ bundle: CERTIFICATE }),
      'ch-client': secretContent({ 'tls.crt': CERTIFICATE, 'tls.key': KEY }),
    };
    expect(resolve(spec, secrets)).toMatchObject({
      reason: 'CertificateKeyMismatch',
      message:
        'Secret ch-client (spec.source.clickHouse.tls.clientCertificateSecretRef): the private key does not belong to the certificate; replace both keys in one change',
    });
    expect(resolve(spec, { ...secrets, 'ch-ca': secretContent({ 'ca.crt': 'x' }) })).toMatchObject({
      reason: 'SecretKeyMissing',
      message: `Secret ch-ca (spec.source.clickHouse.tls.caSecretRef) has no key bundle; add it: kubectl patch secret ch-ca --namespace observability --patch "{\\"data\\":{\\"bundle\\":\\"$(base64 < FILE | tr -d '\\n')\\"}}"`,
    });
    expect(resolve(spec, { ch: secrets.ch })).toMatchObject({ reason: 'SecretMissing' });
    expect(resolve(spec, { ...secrets, 'ch-ca': secretContent({ bundle: 'x' }) })).toMatchObject({
      reason: 'CertificateInvalid',
    });
  });

  it('of a token endpoint have their own files', () => {
    const spec = {
      sasl: {
        mechanism: 'OAUTHBEARER',
        oauthBearer: {
          tokenEndpoint: 'https://issuer/token',
          credentialsSecretRef: { name: 'client', clientSecretKey: 'word' },
          caSecretRef: { name: 'issuer' },
        },
      },
    };
    const secrets = {
      client: secretContent({ 'client-id': 'c', word: 's' }),
      issuer: secretContent({ 'ca.crt': CERTIFICATE }),
    };
    const resolved = resolve(spec, secrets);
    expect(resolved.kind === 'resolved' ? Object.keys(resolved.data) : resolved).toEqual([
      'kafka-oauth-client-id',
      'kafka-oauth-client-secret',
      'kafka-oauth-ca.crt',
    ]);
  });

  it('of the push server have their own files', () => {
    const secrets = {
      token: secretContent({ token: 'a-token-of-16-ch' }),
      server: secretContent({ 'tls.crt': CERTIFICATE, 'tls.key': KEY }),
      clients: secretContent({ 'ca.crt': CERTIFICATE }),
    };
    expect(credentialNeeds(sampleResource(PUSH).spec).map(({ file }) => file)).toEqual([
      'push-token',
      'push-server.crt',
      'push-server.key',
      'push-client-ca.crt',
    ]);
    expect(resolve(PUSH, secrets)).toMatchObject({
      reason: 'CertificateKeyMismatch',
      message:
        'Secret server (spec.source.http.tls.certificateSecretRef): the private key does not belong to the certificate; replace both keys in one change',
    });
    const short = secretContent({ token: 'fifteen-letters\n' });
    expect(resolve(PUSH, { ...secrets, token: short })).toMatchObject({
      reason: 'TokenTooShort',
      message: expect.stringContaining('has fewer than 16 characters') as string,
    });
    expect(resolve(PUSH, { ...secrets, token: secretContent({ token: '' }) })).toMatchObject({
      reason: 'SecretValueEmpty',
    });
  });

  it('that are missing are named all at once, each Secret with a command that makes all its keys', () => {
    const clickHouse = { url: 'http://c:1', credentialsSecretRef: { name: 'ch' } };
    const spec = {
      sasl: SASL,
      source: { clickHouse },
      tls: { caSecretRef: { name: 'kafka' }, clientCertificateSecretRef: { name: 'client' } },
    };
    const client = secretContent({ 'tls.crt': CERTIFICATE });
    const resolved = resolve(
      { ...spec, sasl: { ...SASL, securityProtocol: 'SASL_SSL' } },
      { client },
    );
    expect(resolved.kind === 'refused' ? resolved.message.split('; ') : []).toEqual([
      'Secret kafka (spec.sasl.credentialsSecretRef, spec.tls.caSecretRef) does not exist',
      'create it: kubectl create secret generic kafka --namespace observability --from-literal=username=USERNAME --from-literal=password=PASSWORD --from-file=ca.crt=FILE',
      'Secret ch (spec.source.clickHouse.credentialsSecretRef) does not exist',
      'create it: kubectl create secret generic ch --namespace observability --from-literal=username=USERNAME --from-literal=password=PASSWORD',
      'Secret client (spec.tls.clientCertificateSecretRef) has no key tls.key',
      expect.stringMatching(/^add it: kubectl patch secret client /) as string,
    ]);
  });

  it('are not needed by SASL that is switched off, nor by tls that is not used', () => {
    const spec = { sasl: { ...SASL, enabled: false } };
    expect(resolve(spec, {})).toEqual({ kind: 'resolved', data: {} });
  });

  it.each([
    [
      'a missing Secret',
      { sasl: SASL },
      {},
      'SecretMissing',
      'Secret kafka (spec.sasl.credentialsSecretRef) does not exist; create it: kubectl create secret generic kafka --namespace observability',
    ],
    [
      'a missing key',
      { sasl: SASL },
      { kafka: secretContent({ username: 'u' }) },
      'SecretKeyMissing',
      `has no key password; add it: kubectl patch secret kafka --namespace observability --patch '{"stringData":{"password":"PASSWORD"}}'`,
    ],
    [
      'an empty value',
      { sasl: SASL },
      { kafka: secretContent({ username: 'u', password: '' }) },
      'SecretValueEmpty',
      'key password of Secret kafka',
    ],
    [
      'CA certificates that are not PEM',
      { tls: { caSecretRef: { name: 'ca' } } },
      { ca: secretContent({ 'ca.crt': 'x' }) },
      'CertificateInvalid',
      'contains no PEM certificate',
    ],
    [
      'a bundle with a broken certificate',
      { tls: { caSecretRef: { name: 'ca' } } },
      { ca: secretContent({ 'ca.crt': `${CERTIFICATE}\n${CERTIFICATE.replace('MII', 'MIX')}` }) },
      'CertificateInvalid',
      'has a broken certificate: number 2',
    ],
    [
      'an invalid private key',
      TLS,
      { client: secretContent({ 'tls.crt': CERTIFICATE, 'tls.key': 'x' }) },
      'PrivateKeyInvalid',
      'contains no PEM private key',
    ],
    [
      'a key of another certificate',
      TLS,
      { client: secretContent({ 'tls.crt': CERTIFICATE, 'tls.key': KEY }) },
      'CertificateKeyMismatch',
      'the private key does not belong to the certificate',
    ],
  ])('are refused for %s', (...[, spec, secrets, reason, message]) => {
    const resolved = resolve(spec, secrets);
    expect(resolved).toMatchObject({ kind: 'refused', reason });
    expect(resolved.kind === 'refused' ? resolved.message : '').toContain(message);
  });
});
