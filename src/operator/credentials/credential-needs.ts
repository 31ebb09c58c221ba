import { CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import type { HttpSource } from '../api/http-source.ts';
import type { CertificateReference, LoginReference } from '../api/secret-references.ts';
import type { KafkaExporterSpec } from '../api/kafka-exporter-spec.ts';
import type { Sasl } from '../api/sasl.ts';
import { activeSasl, isEncrypted } from '../desired/exporter-config.ts';

/** One file of the credentials directory, and the source of its bytes. */
export interface CredentialNeed {
  /** Name of the file, one of `CREDENTIAL_FILES`. */
  readonly file: string;
  readonly secretName: string;
  readonly key: string;
  /** Field of the resource that refers to the Secret, for messages. */
  readonly field: string;
  readonly content: 'text' | 'token' | 'certificates' | 'privateKey';
}

type ClickHouseSource = NonNullable<KafkaExporterSpec['source']['clickHouse']>;
type OAuthBearer = NonNullable<Sasl['oauthBearer']>;

/** Every file that the configuration of a resource needs; empty if the resource refers to no Secret. */
export function credentialNeeds(spec: KafkaExporterSpec): CredentialNeed[] {
  const needs: CredentialNeed[] = [];
  const sasl = activeSasl(spec);
  if (sasl?.credentialsSecretRef !== undefined) {
    needs.push(
      ...login('spec.sasl.credentialsSecretRef', sasl.credentialsSecretRef, {
        username: CREDENTIAL_FILES.saslUsername,
        password: CREDENTIAL_FILES.saslPassword,
      }),
    );
  }
  if (sasl?.oauthBearer !== undefined) needs.push(...tokenNeeds(sasl.oauthBearer));
  if (isEncrypted(spec)) {
    needs.push(
      ...tlsNeeds('spec.tls', spec.tls, {
        ca: CREDENTIAL_FILES.kafkaCa,
        certificate: CREDENTIAL_FILES.kafkaClientCertificate,
        key: CREDENTIAL_FILES.kafkaClientKey,
      }),
    );
  }
  const { clickHouse, http } = spec.source;
  if (http !== undefined) needs.push(...pushNeeds(http));
  if (clickHouse !== undefined) needs.push(...clickHouseNeeds(clickHouse));
  return needs;
}

/** Names of the Secrets that a resource refers to, without duplicates. */
export function referencedSecrets(spec: KafkaExporterSpec): string[] {
  return [...new Set(credentialNeeds(spec).map(({ secretName }) => secretName))];
}

function login(
  field: string,
  reference: LoginReference,
  files: { readonly username: string; readonly password: string },
): CredentialNeed[] {
  const secretName = reference.name;
  return [
    { file: files.username, secretName, key: reference.usernameKey, field, content: 'text' },
    { file: files.password, secretName, key: reference.passwordKey, field, content: 'text' },
  ];
}

function clickHouseNeeds({ credentialsSecretRef, tls }: ClickHouseSource): CredentialNeed[] {
  const field = 'spec.source.clickHouse';
  const needs = tlsNeeds(`${field}.tls`, tls, {
    ca: CREDENTIAL_FILES.clickHouseCa,
    certificate: CREDENTIAL_FILES.clickHouseClientCertificate,
    key: CREDENTIAL_FILES.clickHouseClientKey,
  });
  if (credentialsSecretRef === undefined) return needs;
  const files = {
    username: CREDENTIAL_FILES.clickHouseUsername,
    password: CREDENTIAL_FILES.clickHousePassword,
  };
  return [...login(`${field}.credentialsSecretRef`, credentialsSecretRef, files), ...needs];
}

function tokenNeeds({ caSecretRef, credentialsSecretRef }: OAuthBearer): CredentialNeed[] {
  const { clientIdKey, clientSecretKey, name } = credentialsSecretRef;
  const reference = { name, usernameKey: clientIdKey, passwordKey: clientSecretKey };
  const needs = login('spec.sasl.oauthBearer.credentialsSecretRef', reference, {
    username: CREDENTIAL_FILES.oauthClientId,
    password: CREDENTIAL_FILES.oauthClientSecret,
  });
  if (caSecretRef === undefined) return needs;
  const field = 'spec.sasl.oauthBearer.caSecretRef';
  const { key, name: secretName } = caSecretRef;
  const file = CREDENTIAL_FILES.oauthCa;
  return [...needs, { file, secretName, key, field, content: 'certificates' }];
}

function pushNeeds({ bearerTokenSecretRef, tls }: HttpSource): CredentialNeed[] {
  const needs: CredentialNeed[] = [];
  if (bearerTokenSecretRef !== undefined) {
    needs.push({
      file: CREDENTIAL_FILES.pushToken,
      secretName: bearerTokenSecretRef.name,
      key: bearerTokenSecretRef.key,
      field: 'spec.source.http.bearerTokenSecretRef',
      content: 'token',
    });
  }
  if (tls === undefined) return needs;
  needs.push(
    ...certificate('spec.source.http.tls.certificateSecretRef', tls.certificateSecretRef, {
      certificate: CREDENTIAL_FILES.pushCertificate,
      key: CREDENTIAL_FILES.pushKey,
    }),
  );
  if (tls.clientCaSecretRef !== undefined) {
    needs.push({
      file: CREDENTIAL_FILES.pushClientCa,
      secretName: tls.clientCaSecretRef.name,
      key: tls.clientCaSecretRef.key,
      field: 'spec.source.http.tls.clientCaSecretRef',
      content: 'certificates',
    });
  }
  return needs;
}

function certificate(
  field: string,
  reference: CertificateReference,
  files: { readonly certificate: string; readonly key: string },
): CredentialNeed[] {
  const { name: secretName, certificateKey, privateKeyKey } = reference;
  const content = 'certificates';
  return [
    { file: files.certificate, secretName, key: certificateKey, field, content },
    { file: files.key, secretName, key: privateKeyKey, field, content: 'privateKey' },
  ];
}

function tlsNeeds(
  field: string,
  tls: KafkaExporterSpec['tls'],
  files: { readonly ca: string; readonly certificate: string; readonly key: string },
): CredentialNeed[] {
  const needs: CredentialNeed[] = [];
  if (tls?.caSecretRef !== undefined) {
    needs.push({
      file: files.ca,
      secretName: tls.caSecretRef.name,
      key: tls.caSecretRef.key,
      field: `${field}.caSecretRef`,
      content: 'certificates',
    });
  }
  if (tls?.clientCertificateSecretRef !== undefined) {
    const reference = tls.clientCertificateSecretRef;
    needs.push(...certificate(`${field}.clientCertificateSecretRef`, reference, files));
  }
  return needs;
}
