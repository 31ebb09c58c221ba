import { CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import type { HttpSource } from '../api/http-source.ts';
import type {
  AuthoritiesReference,
  CertificateReference,
  LoginReference,
} from '../api/secret-references.ts';
import type { KafkaExporterSpec } from '../api/kafka-exporter-spec.ts';
import type { Sasl } from '../api/sasl.ts';
import { activeSasl, isEncrypted } from '../desired/exporter-config.ts';

/** One key of a Secret or ConfigMap of the resource's namespace. */
export interface KeySource {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  readonly key: string;
  /** Field of the reference that names the key, for messages. */
  readonly keyField: string;
}

/** One file of the credentials directory, and the source of its bytes. */
export interface CredentialNeed {
  /** Name of the file, one of `CREDENTIAL_FILES`. */
  readonly file: string;
  readonly source: KeySource | { readonly kind: 'Spec'; readonly value: string };
  /** Field of the resource that refers to the source, for messages. */
  readonly field: string;
  readonly content: 'text' | 'token' | 'certificates' | 'privateKey';
}

/** What is needed of a Secret or ConfigMap, whatever becomes of it. */
export type KeyNeed = Omit<CredentialNeed, 'file' | 'source'> & { readonly source: KeySource };

type ClickHouseSource = NonNullable<KafkaExporterSpec['source']['clickHouse']>;
type OAuthBearer = NonNullable<Sasl['oauthBearer']>;

/** Every file that the configuration of a resource needs; empty if the resource refers to no Secret and no ConfigMap. */
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
  const extra = { secret: spec.extraCaSecretRef, configMap: spec.extraCaConfigMapRef };
  needs.push(...authorities('spec.extraCa', extra, CREDENTIAL_FILES.extraCa));
  const { clickHouse, http } = spec.source;
  if (http !== undefined) needs.push(...pushNeeds(http));
  if (clickHouse !== undefined) needs.push(...clickHouseNeeds(clickHouse));
  return needs;
}

/** Names of the Secrets, or of the ConfigMaps, that a resource refers to, without duplicates. */
export function referencedNames(spec: KafkaExporterSpec, kind: KeySource['kind']): string[] {
  const needs = [...credentialNeeds(spec), ...environmentNeeds(spec)];
  const names = needs.flatMap(({ source }) => (source.kind === kind ? [source.name] : []));
  return [...new Set(names)];
}

/** Every key that `podTemplate.env` refers to. Kubernetes reads them, not the operator. */
export function environmentNeeds({ podTemplate }: KafkaExporterSpec): KeyNeed[] {
  return (podTemplate?.env ?? []).flatMap(({ valueFrom }) => {
    if (valueFrom === undefined) return [];
    const source = { kind: 'Secret', ...valueFrom.secretKeyRef, keyField: 'key' } as const;
    return [{ source, field: 'spec.podTemplate.env', content: 'text' } as const];
  });
}

function login(
  field: string,
  { name, username, usernameKey = 'username', passwordKey }: LoginReference,
  files: { readonly username: string; readonly password: string },
): CredentialNeed[] {
  const user: CredentialNeed['source'] =
    username === undefined
      ? { kind: 'Secret', name, key: usernameKey, keyField: 'usernameKey' }
      : { kind: 'Spec', value: username };
  const password = { kind: 'Secret', name, key: passwordKey, keyField: 'passwordKey' } as const;
  return [
    { file: files.username, source: user, field, content: 'text' },
    { file: files.password, source: password, field, content: 'text' },
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

function tokenNeeds(oauthBearer: OAuthBearer): CredentialNeed[] {
  if (oauthBearer.credentialsSecretRef === undefined) return [];
  const { clientIdKey, clientSecretKey, name } = oauthBearer.credentialsSecretRef;
  const field = 'spec.sasl.oauthBearer';
  const client = { field: `${field}.credentialsSecretRef`, content: 'text' } as const;
  return [
    {
      ...client,
      file: CREDENTIAL_FILES.oauthClientId,
      source: { kind: 'Secret', name, key: clientIdKey, keyField: 'clientIdKey' },
    },
    {
      ...client,
      file: CREDENTIAL_FILES.oauthClientSecret,
      source: { kind: 'Secret', name, key: clientSecretKey, keyField: 'clientSecretKey' },
    },
    ...authorities(
      `${field}.ca`,
      { secret: oauthBearer.caSecretRef, configMap: oauthBearer.caConfigMapRef },
      CREDENTIAL_FILES.oauthCa,
    ),
  ];
}

function pushNeeds({ bearerTokenSecretRef, tls }: HttpSource): CredentialNeed[] {
  const needs: CredentialNeed[] = [];
  if (bearerTokenSecretRef !== undefined) {
    needs.push({
      file: CREDENTIAL_FILES.pushToken,
      source: { kind: 'Secret', ...bearerTokenSecretRef, keyField: 'key' },
      field: 'spec.source.http.bearerTokenSecretRef',
      content: 'token',
    });
  }
  if (tls === undefined) return needs;
  const field = 'spec.source.http.tls';
  const clients = { secret: tls.clientCaSecretRef, configMap: tls.clientCaConfigMapRef };
  return [
    ...needs,
    ...certificate(`${field}.certificateSecretRef`, tls.certificateSecretRef, {
      certificate: CREDENTIAL_FILES.pushCertificate,
      key: CREDENTIAL_FILES.pushKey,
    }),
    ...authorities(`${field}.clientCa`, clients, CREDENTIAL_FILES.pushClientCa),
  ];
}

function certificate(
  field: string,
  reference: CertificateReference,
  files: { readonly certificate: string; readonly key: string },
): CredentialNeed[] {
  const { name, certificateKey, privateKeyKey } = reference;
  return [
    {
      file: files.certificate,
      source: { kind: 'Secret', name, key: certificateKey, keyField: 'certificateKey' },
      field,
      content: 'certificates',
    },
    {
      file: files.key,
      source: { kind: 'Secret', name, key: privateKeyKey, keyField: 'privateKeyKey' },
      field,
      content: 'privateKey',
    },
  ];
}

function tlsNeeds(
  field: string,
  tls: KafkaExporterSpec['tls'],
  files: { readonly ca: string; readonly certificate: string; readonly key: string },
): CredentialNeed[] {
  if (tls === undefined) return [];
  const { clientCertificateSecretRef } = tls;
  return [
    ...authorities(
      `${field}.ca`,
      { secret: tls.caSecretRef, configMap: tls.caConfigMapRef },
      files.ca,
    ),
    ...(clientCertificateSecretRef === undefined
      ? []
      : certificate(`${field}.clientCertificateSecretRef`, clientCertificateSecretRef, files)),
  ];
}

/**
 * CA certificates in a Secret or in a ConfigMap. The names of the two fields differ only at their end.
 *
 * @param field the beginning of both names, such as `spec.tls.ca`.
 */
function authorities(
  field: string,
  references: {
    readonly secret: AuthoritiesReference | undefined;
    readonly configMap: AuthoritiesReference | undefined;
  },
  file: string,
): CredentialNeed[] {
  const { configMap, secret } = references;
  const need = { file, content: 'certificates' } as const;
  const needs: CredentialNeed[] = [];
  if (secret !== undefined) {
    const source = { kind: 'Secret', ...secret, keyField: 'key' } as const;
    needs.push({ ...need, source, field: `${field}SecretRef` });
  }
  if (configMap !== undefined) {
    const source = { kind: 'ConfigMap', ...configMap, keyField: 'key' } as const;
    needs.push({ ...need, source, field: `${field}ConfigMapRef` });
  }
  return needs;
}
