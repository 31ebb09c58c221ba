import { CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import type { ConditionReason } from '../api/condition-reasons.ts';
import type { CredentialData } from '../desired/secret.ts';
import type { CredentialNeed, KeySource } from './credential-needs.ts';
import { certificatesProblem, pairProblem, privateKeyProblem } from './pem.ts';
import { remedyOfMissingKey, remedyOfWrongKey } from './usual-keys.ts';

/** A random token of this length cannot be guessed. */
const TOKEN_CHARACTERS_MIN = 16;

/** The part of a Secret that has credentials: base64 values by key. A ConfigMap has the same form here. */
export interface SecretContent {
  readonly data: CredentialData;
}

/** The Secrets and ConfigMaps that a resource refers to, by name, without those that do not exist. */
export interface ReferencedObjects {
  readonly secrets: ReadonlyMap<string, SecretContent>;
  readonly configMaps: ReadonlyMap<string, SecretContent>;
}

/** Why the credentials of a resource are refused. Each is a reason of `CredentialsResolved`. */
type RefusalReason = Extract<
  ConditionReason,
  | 'SecretMissing'
  | 'SecretKeyMissing'
  | 'SecretValueEmpty'
  | 'ConfigMapMissing'
  | 'ConfigMapKeyMissing'
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
 * Reads every file that a resource needs from the objects that it refers to. If one value is missing or broken, all are
 * refused, because the pods could not log in with half of a change.
 */
export function resolveCredentials(
  needs: readonly CredentialNeed[],
  objects: ReferencedObjects,
  namespace: string,
): ResolvedCredentials {
  const data: Record<string, string> = {};
  for (const need of needs) {
    const { source } = need;
    if (source.kind === 'Spec') {
      data[need.file] = Buffer.from(source.value).toString('base64');
      continue;
    }
    const content = contentOf(source, objects);
    const refusal = refusalOf({ ...need, source }, content, namespace);
    if (refusal !== undefined) return refusal;
    data[need.file] = content?.data[source.key] ?? '';
  }
  return mismatch(needs, data) ?? { kind: 'resolved', data };
}

/** The object that a need refers to; undefined: it does not exist. */
export function contentOf(
  { kind, name }: KeySource,
  { configMaps, secrets }: ReferencedObjects,
): SecretContent | undefined {
  return (kind === 'Secret' ? secrets : configMaps).get(name);
}

function refusalOf(
  need: CredentialNeed & { readonly source: KeySource },
  content: SecretContent | undefined,
  namespace: string,
): Refusal | undefined {
  const { field, source } = need;
  const { key, kind, name } = source;
  const object = `${kind} ${name} (${field})`;
  const edit = `kubectl edit ${kind.toLowerCase()} ${name} --namespace ${namespace}`;
  if (content === undefined) {
    const create = kind === 'Secret' ? 'secret generic' : 'configmap';
    return refuse(
      `${kind}Missing`,
      `${object} does not exist; create it: kubectl create ${create} ${name} --namespace ${namespace} --from-file=${key}=FILE`,
    );
  }
  const value = content.data[key];
  if (value === undefined) {
    return refuse(
      `${kind}KeyMissing`,
      `${object} has no key ${key}; ${remedyOfMissingKey(need, content.data) ?? `add it: ${edit}`}`,
    );
  }
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length === 0 && kind === 'Secret') {
    return refuse('SecretValueEmpty', `key ${key} of ${object} is empty; fill it: ${edit}`);
  }
  if (need.content === 'text') return undefined;
  if (need.content === 'token') {
    return bytes.toString().trim().length >= TOKEN_CHARACTERS_MIN
      ? undefined
      : refuse(
          'TokenTooShort',
          `key ${key} of ${object} has fewer than ${TOKEN_CHARACTERS_MIN} characters, so it could be guessed; replace it, for example with the output of openssl rand -base64 32: ${edit}`,
        );
  }
  const certificates = need.content === 'certificates';
  const problem = certificates ? certificatesProblem(bytes) : privateKeyProblem(bytes);
  if (problem === undefined) return undefined;
  return refuse(
    certificates ? 'CertificateInvalid' : 'PrivateKeyInvalid',
    `key ${key} of ${object} ${problem}; ${remedyOfWrongKey(need, content.data) ?? `replace it: ${edit}`}`,
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
  const { source, field } = needs.find(({ file }) => file === keyFile) ?? {};
  const name = source?.kind === 'Secret' ? source.name : '';
  return refuse(
    'CertificateKeyMismatch',
    `Secret ${name} (${field ?? ''}): ${problem}; replace both keys in one change`,
  );
}

function refuse(reason: RefusalReason, message: string): Refusal {
  return { kind: 'refused', reason, message };
}
