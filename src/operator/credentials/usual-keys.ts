import type { CredentialData } from '../desired/secret.ts';
import type { CredentialNeed, KeyNeed } from './credential-needs.ts';
import { certificatesProblem, privateKeyProblem } from './pem.ts';

/** Keys under which Strimzi, cert-manager, trust-manager, OpenShift and others write the value of a field, likely ones first. */
const USUAL_KEYS: Readonly<Record<string, readonly string[]>> = {
  usernameKey: ['username', 'user', 'login'],
  passwordKey: ['password', 'pass'],
  clientIdKey: ['client-id', 'clientId', 'client_id', 'CLIENT_ID'],
  clientSecretKey: ['client-secret', 'clientSecret', 'client_secret', 'CLIENT_SECRET', 'secret'],
  certificateKey: ['tls.crt', 'user.crt', 'client.crt'],
  privateKeyKey: ['tls.key', 'user.key', 'client.key'],
  key: ['ca.crt', 'ca-bundle.crt', 'service-ca.crt', 'trust-bundle.pem', 'ca-certificates.crt'],
};

/** What to do about a key that does not exist, by what the object has instead; undefined: nothing there looks right. */
export function remedyOfMissingKey(need: KeyNeed, data: CredentialData): string | undefined {
  return strimziRemedy(need, data) ?? remedyOfWrongKey(need, data);
}

/** Which other key of the object has what a reference needs, as a remedy; undefined: none. */
export function remedyOfWrongKey(
  { content, field, source }: KeyNeed,
  data: CredentialData,
): string | undefined {
  const { keyField } = source;
  const usual = USUAL_KEYS[keyField] ?? [];
  const fitting = Object.keys(data).filter((key) => key !== source.key && fits(content, data[key]));
  const known = usual.find((key) => fitting.includes(key));
  const isPem = content === 'certificates' || content === 'privateKey';
  const key = known ?? (isPem && fitting.length === 1 ? fitting[0] : undefined);
  return key === undefined ? undefined : `set ${field}.${keyField} to ${key}`;
}

function fits(content: CredentialNeed['content'], value = ''): boolean {
  const bytes = Buffer.from(value, 'base64');
  if (content === 'certificates') return certificatesProblem(bytes) === undefined;
  if (content === 'privateKey') return privateKeyProblem(bytes) === undefined;
  return bytes.length > 0;
}

/**
 * The Secret of a Strimzi KafkaUser has no user name: with SCRAM it has `password` and `sasl.jaas.config`, with TLS a
 * certificate, and `user.password` is that of a key store.
 *
 * @see https://strimzi.io/docs/operators/latest/deploying#con-securing-client-authentication-str
 */
function strimziRemedy({ field, source }: KeyNeed, data: CredentialData): string | undefined {
  const { keyField, name } = source;
  if (keyField === 'usernameKey' && 'sasl.jaas.config' in data) {
    return `Strimzi writes only the password: set ${field}.username to the name of the KafkaUser, such as ${name}`;
  }
  const isLogin = keyField === 'usernameKey' || keyField === 'passwordKey';
  return isLogin && 'user.crt' in data && 'user.key' in data
    ? 'it is of a Strimzi KafkaUser that logs in with a certificate: remove spec.sasl, and refer to the Secret in spec.tls.clientCertificateSecretRef, with certificateKey: user.crt and privateKeyKey: user.key'
    : undefined;
}
