import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { credentialNeeds } from '../../../src/operator/credentials/credential-needs.ts';
import {
  resolveCredentials,
  type SecretContent,
} from '../../../src/operator/credentials/resolve-credentials.ts';
import { secretContent } from '../sample-observation.ts';
import { SASL, sampleResource } from '../sample-resource.ts';

/** PEM texts, and key stores in base64, of one user. */
const { ca, certificate, javaKeyStore, pkcs12, privateKey } = z
  .record(z.enum(['ca', 'certificate', 'privateKey', 'pkcs12', 'javaKeyStore']), z.string())
  .parse(
    JSON.parse(
      readFileSync(new URL('../../fixtures/user-certificate.json', import.meta.url), 'utf8'),
    ),
  );

const STRIMZI_TLS: SecretContent = {
  data: {
    ...secretContent({
      'ca.crt': ca,
      'user.crt': certificate,
      'user.key': privateKey,
      'user.password': 'store-password',
    }).data,
    'user.p12': pkcs12,
  },
};
const STRIMZI_SCRAM = secretContent({
  password: 'Xk2',
  'sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required username="my-user" password="Xk2";',
});
const STRIMZI_CLUSTER_CA: SecretContent = {
  data: {
    ...secretContent({ 'ca.crt': ca, 'ca.password': 'store-password' }).data,
    'ca.p12': pkcs12,
  },
};
const CERT_MANAGER: SecretContent = {
  data: {
    ...secretContent({ 'ca.crt': ca, 'tls.crt': certificate, 'tls.key': privateKey }).data,
    'keystore.jks': javaKeyStore,
  },
};
/** What a `template` of External Secrets writes: the keys that its author chose. */
const EXTERNAL_SECRETS = secretContent({ user: 'exporter', pass: 'Xk2', 'bundle.pem': ca });
const OAUTH_OPERATOR = secretContent({ clientId: 'exporter', clientSecret: 'Xk2' });
const TRUST_MANAGER = secretContent({ 'root-certs.pem': ca });
const OPENSHIFT_CA = secretContent({ 'ca-bundle.crt': `# comment\n${ca}` });

const OBJECTS = {
  secrets: new Map(
    Object.entries({
      'strimzi-tls': STRIMZI_TLS,
      'strimzi-scram': STRIMZI_SCRAM,
      'strimzi-ca': STRIMZI_CLUSTER_CA,
      'cert-manager': CERT_MANAGER,
      external: EXTERNAL_SECRETS,
      oauth: OAUTH_OPERATOR,
    }),
  ),
  configMaps: new Map(Object.entries({ 'trust-manager': TRUST_MANAGER, openshift: OPENSHIFT_CA })),
};

type Reference = Readonly<Record<string, string>>;
const sasl = (credentialsSecretRef: Reference): object => ({
  sasl: { ...SASL, credentialsSecretRef },
});
const client = (clientCertificateSecretRef: Reference): object => ({
  tls: { clientCertificateSecretRef },
});
const oauth = (credentialsSecretRef: Reference): object => ({
  sasl: {
    mechanism: 'OAUTHBEARER',
    oauthBearer: { tokenEndpoint: 'https://issuer/token', credentialsSecretRef },
  },
});

function resolve(spec: object): ReturnType<typeof resolveCredentials> {
  const needs = credentialNeeds(sampleResource({ ...spec }).spec);
  return resolveCredentials(needs, OBJECTS, 'observability');
}

describe('a Secret or ConfigMap that another program writes is used as it is:', () => {
  it.each<[string, object, Readonly<Record<string, string>>]>([
    [
      'Strimzi’s of a user with SCRAM, with the user name in the reference',
      sasl({ name: 'strimzi-scram', username: 'my-user' }),
      { 'kafka-sasl-username': 'my-user', 'kafka-sasl-password': 'Xk2' },
    ],
    [
      'Strimzi’s of a user with TLS',
      client({ name: 'strimzi-tls', certificateKey: 'user.crt', privateKeyKey: 'user.key' }),
      { 'kafka-client.crt': certificate, 'kafka-client.key': privateKey },
    ],
    [
      'Strimzi’s of the CA of a cluster',
      { tls: { caSecretRef: { name: 'strimzi-ca' } } },
      { 'kafka-ca.crt': ca },
    ],
    [
      'cert-manager’s',
      { tls: { caSecretRef: { name: 'cert-manager' }, ...clientOf('cert-manager') } },
      { 'kafka-ca.crt': ca, 'kafka-client.crt': certificate, 'kafka-client.key': privateKey },
    ],
    [
      'External Secrets’, with the keys of its template',
      sasl({ name: 'external', usernameKey: 'user', passwordKey: 'pass' }),
      { 'kafka-sasl-username': 'exporter', 'kafka-sasl-password': 'Xk2' },
    ],
    [
      'trust-manager’s bundle',
      { tls: { caConfigMapRef: { name: 'trust-manager', key: 'root-certs.pem' } } },
      { 'kafka-ca.crt': ca },
    ],
    [
      'OpenShift’s trusted CAs, in addition to the system’s',
      { extraCaConfigMapRef: { name: 'openshift', key: 'ca-bundle.crt' } },
      { 'extra-ca.crt': `# comment\n${ca}` },
    ],
    [
      'OpenShift’s trusted CAs',
      { tls: { caConfigMapRef: { name: 'openshift', key: 'ca-bundle.crt' } } },
      { 'kafka-ca.crt': `# comment\n${ca}` },
    ],
  ])('%s', (_name, spec, files) => {
    expect(resolve(spec)).toEqual({ kind: 'resolved', data: secretContent(files).data });
  });
});

function clientOf(name: string): object {
  return { clientCertificateSecretRef: { name } };
}

describe('the right key is named', () => {
  it.each<[string, object, string, string]>([
    [
      'for Strimzi’s user with SCRAM, whose name is not in the Secret',
      sasl({ name: 'strimzi-scram' }),
      'SecretKeyMissing',
      'has no key username; Strimzi writes only the password: set spec.sasl.credentialsSecretRef.username to the name of the KafkaUser, such as strimzi-scram',
    ],
    [
      'for Strimzi’s user with TLS, who has no password',
      sasl({ name: 'strimzi-tls' }),
      'SecretKeyMissing',
      'refer to the Secret in spec.tls.clientCertificateSecretRef, with certificateKey: user.crt and privateKeyKey: user.key',
    ],
    [
      'for the certificate of Strimzi’s user',
      client({ name: 'strimzi-tls' }),
      'SecretKeyMissing',
      'has no key tls.crt; set spec.tls.clientCertificateSecretRef.certificateKey to user.crt',
    ],
    [
      'for the private key of Strimzi’s user',
      client({ name: 'strimzi-tls', certificateKey: 'user.crt' }),
      'SecretKeyMissing',
      'has no key tls.key; set spec.tls.clientCertificateSecretRef.privateKeyKey to user.key',
    ],
    [
      'for cert-manager’s certificate',
      client({ name: 'cert-manager', certificateKey: 'user.crt', privateKeyKey: 'user.key' }),
      'SecretKeyMissing',
      'has no key user.crt; set spec.tls.clientCertificateSecretRef.certificateKey to tls.crt',
    ],
    [
      'for a PKCS#12 key store instead of a certificate',
      client({ name: 'strimzi-tls', certificateKey: 'user.p12', privateKeyKey: 'user.p12' }),
      'CertificateInvalid',
      'key user.p12 of Secret strimzi-tls (spec.tls.clientCertificateSecretRef) is a PKCS#12 key store, but must be PEM; set spec.tls.clientCertificateSecretRef.certificateKey to user.crt',
    ],
    [
      'for a PKCS#12 key store instead of a private key',
      client({ name: 'strimzi-tls', certificateKey: 'user.crt', privateKeyKey: 'user.p12' }),
      'PrivateKeyInvalid',
      'is a PKCS#12 key store, but must be PEM; set spec.tls.clientCertificateSecretRef.privateKeyKey to user.key',
    ],
    [
      'for a key store of CA certificates',
      { tls: { caSecretRef: { name: 'strimzi-ca', key: 'ca.p12' } } },
      'CertificateInvalid',
      'is a PKCS#12 key store, but must be PEM; set spec.tls.caSecretRef.key to ca.crt',
    ],
    [
      'for a Java key store',
      { tls: { caSecretRef: { name: 'cert-manager', key: 'keystore.jks' } } },
      'CertificateInvalid',
      'is a Java key store, but must be PEM; set spec.tls.caSecretRef.key to ca.crt',
    ],
    [
      'for a user name of External Secrets',
      sasl({ name: 'external', passwordKey: 'pass' }),
      'SecretKeyMissing',
      'has no key username; set spec.sasl.credentialsSecretRef.usernameKey to user',
    ],
    [
      'for a client id in camelCase',
      oauth({ name: 'oauth' }),
      'SecretKeyMissing',
      'has no key client-id; set spec.sasl.oauthBearer.credentialsSecretRef.clientIdKey to clientId',
    ],
    [
      'for trust-manager’s bundle, under the only key with certificates',
      { tls: { caConfigMapRef: { name: 'trust-manager' } } },
      'ConfigMapKeyMissing',
      'ConfigMap trust-manager (spec.tls.caConfigMapRef) has no key ca.crt; set spec.tls.caConfigMapRef.key to root-certs.pem',
    ],
  ])('%s', (_name, spec, reason, message) => {
    const resolved = resolve(spec);
    expect(resolved).toMatchObject({ kind: 'refused', reason });
    const said = resolved.kind === 'refused' ? resolved.message : '';
    expect(said).toContain(message);
    expect(said).not.toMatch(/Xk2|store-password|BEGIN/);
  });

  it('and otherwise how to create what is missing', () => {
    expect(resolve({ tls: { caConfigMapRef: { name: 'absent' } } })).toMatchObject({
      reason: 'ConfigMapMissing',
      message:
        'ConfigMap absent (spec.tls.caConfigMapRef) does not exist; create it: kubectl create configmap absent --namespace observability --from-file=ca.crt=FILE',
    });
  });
});
