import { CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import type { ConditionReason } from '../api/condition-reasons.ts';
import type { CredentialData } from '../desired/secret.ts';
import { type CredentialNeed } from './credential-needs.ts';
import { certificatesProblem, pairProblem, privateKeyProblem } from './pem.ts';

/** A random token of this length cannot be guessed. */
const TOKEN_CHARACTERS_MIN = 16;

/** The part of a Secret that has credentials: base64 values by key. */
export interface SecretContent {
  readonly data: CredentialData;
}

/** Why the credentials of a resource are refused. Each is a reason of `CredentialsResolved`. */
type RefusalReason = Extract<
  ConditionReason,
  | 'SecretMissing'
  | 'SecretKeyMissing'
  | 'SecretValueEmpty'
  | 'TokenTooShort'
  | 'CertificateInvalid'
  | 'PrivateKeyInvalid'
  | 'CertificateKeyMismatch'
>;

/** The bytes for the pods, or why there are none. Messages name the Secret and key, never a value. */
export type ResolvedCredentials =
  | { readonly kind: 'resolved'; readonly data: CredentialData }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly message: string };

type Refusal = Extract<ResolvedCredentials, { kind: 'refused' }>;

/**
 * Reads every file that a resource needs from the Secrets that it refers to. If one value is missing or broken, all are
 * refused, because the pods could not log in with half of a change.
 *
 * @param secrets the referenced Secrets by name, without those that do not exist.
 */
export function resolveCredentials(
  needs: readonly CredentialNeed[],
  secrets: ReadonlyMap<string, SecretContent>,
  namespace: string,
): ResolvedCredentials {
  const data: Record<string, string> = {};
  for (const need of needs) {
    const refusal = refusalOf(need, secrets.get(need.secretName), namespace);
    if (refusal !== undefined) return refusal;
    data[need.file] = secrets.get(need.secretName)?.data[need.key] ?? '';
  }
  return mismatch(needs, data) ?? { kind: 'resolved', data };
}

function refusalOf(
  need: CredentialNeed,
  secret: SecretContent | undefined,
  namespace: string,
): Refusal | undefined {
  const { secretName, key, field } = need;
  const edit = `kubectl edit secret ${secretName} --namespace ${namespace}`;
  if (secret === undefined) {
    return refuse(
      'SecretMissing',
      `Secret ${secretName} (${field}) does not exist; create it: kubectl create secret generic ${secretName} --namespace ${namespace} --from-file=${key}=FILE`,
    );
  }
  const value = secret.data[key];
  if (value === undefined) {
    return refuse(
      'SecretKeyMissing',
      `Secret ${secretName} (${field}) has no key ${key}; add it: ${edit}`,
    );
  }
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length === 0) {
    return refuse(
      'SecretValueEmpty',
      `key ${key} of Secret ${secretName} (${field}) is empty; fill it: ${edit}`,
    );
  }
  if (need.content === 'text') return undefined;
  if (need.content === 'token') {
    return bytes.toString().trim().length >= TOKEN_CHARACTERS_MIN
      ? undefined
      : refuse(
          'TokenTooShort',
          `key ${key} of Secret ${secretName} (${field}) has fewer than ${TOKEN_CHARACTERS_MIN} characters, so it could be guessed; replace it, for example with the output of openssl rand -base64 32: ${edit}`,
        );
  }
  const certificates = need.content === 'certificates';
  const problem = certificates ? certificatesProblem(bytes) : privateKeyProblem(bytes);
  if (problem === undefined) return undefined;
  return refuse(
    certificates ? 'CertificateInvalid' : 'PrivateKeyInvalid',
    `key ${key} of Secret ${secretName} (${field}) ${problem}; replace it: ${edit}`,
  );
}

/** Files of certificates and of their private keys. */
const PAIRS = [
  [CREDENTIAL_FILES.kafkaClientCertificate, CREDENTIAL_FILES.kafkaClientKey],
  [CREDENTIAL_FILES.clickHouseClientCertificate, CREDENTIAL_FILES.clickHouseClientKey],
  [CREDENTIAL_FILES.pushCertificate, CREDENTIAL_FILES.pushKey],
] as const;

function mismatch(needs: readonly CredentialNeed[], data: CredentialData): Refusal | undefined {
  return PAIRS.map((pair) => pairMismatch(needs, data, pair)).find((found) => found !== undefined);
}

function pairMismatch(
  needs: readonly CredentialNeed[],
  data: CredentialData,
  [certificateFile, keyFile]: (typeof PAIRS)[number],
): Refusal | undefined {
  const certificate = data[certificateFile];
  const key = data[keyFile];
  if (certificate === undefined || key === undefined) return undefined;
  const problem = pairProblem(Buffer.from(certificate, 'base64'), Buffer.from(key, 'base64'));
  if (problem === undefined) return undefined;
  const { secretName, field } = needs.find(({ file }) => file === keyFile) ?? {};
  return refuse(
    'CertificateKeyMismatch',
    `Secret ${secretName ?? ''} (${field ?? ''}): ${problem}; replace both keys in one change`,
  );
}

function refuse(reason: RefusalReason, message: string): Refusal {
  return { kind: 'refused', reason, message };
}
