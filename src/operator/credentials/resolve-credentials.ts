import { CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import type { ConditionReason } from '../api/status/condition-reasons.ts';
import type { CredentialData } from '../desired/secret.ts';
import { unreachable } from '../../lib/assert.ts';
import type { CredentialNeed, KeyNeed, KeySource } from './credential-needs.ts';
import { createCommand, fillCommand } from './secret-commands.ts';
import { refusalMessage, type SecretRefusal } from './permitted-secret.ts';
import { certificatesProblem, pairProblem, privateKeyProblem } from './pem.ts';
import { remedyOfMissingKey, remedyOfWrongKey } from './usual-keys.ts';

/** A random token of this length cannot be guessed. */
const TOKEN_CHARACTERS_MIN = 16;

/** The part of a Secret that has credentials: base64 values by key. A ConfigMap has the same form here. */
export interface SecretContent {
  readonly data: CredentialData;
  /** Why no resource may refer to it: then it has no data here. Absent: it may be used. */
  readonly refusal?: SecretRefusal | undefined;
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
  | SecretRefusal['reason']
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

/** Why there are no bytes. */
export type Refusal = Extract<ResolvedCredentials, { kind: 'refused' }>;

/**
 * Reads every file that a resource needs from the objects that it refers to. If one value is missing or broken, all are
 * refused, because the pods could not log in with half of a change. The message names all that is wrong, and the reason is
 * that of the first problem.
 */
export function resolveCredentials(
  needs: readonly CredentialNeed[],
  objects: ReferencedObjects,
  namespace: string,
): ResolvedCredentials {
  const keyed = needs.flatMap(({ source, ...need }) =>
    source.kind === 'Spec' ? [] : [{ ...need, source }],
  );
  const missing = keyed.filter(({ source }) => contentOf(source, objects) === undefined);
  const isRefused = ({ source }: KeyNeed): boolean =>
    contentOf(source, objects)?.refusal !== undefined;
  const problems = [
    ...byObject(missing).flatMap((needed) => missingObject(needed, namespace)),
    ...byObject(keyed.filter(isRefused)).flatMap((needed) =>
      refusedSecret(needed, objects, namespace),
    ),
    ...keyed.flatMap(
      (need) =>
        (isRefused(need)
          ? undefined
          : valueProblem(need, contentOf(need.source, objects), namespace)) ?? [],
    ),
  ];
  const data = Object.fromEntries(needs.map((need) => [need.file, bytesOf(need, objects)]));
  return together(problems) ?? together(mismatches(needs, data)) ?? { kind: 'resolved', data };
}

/** The object that a need refers to; undefined: it does not exist. */
export function contentOf(
  { kind, name }: KeySource,
  { configMaps, secrets }: ReferencedObjects,
): SecretContent | undefined {
  return (kind === 'Secret' ? secrets : configMaps).get(name);
}

function bytesOf({ source }: CredentialNeed, objects: ReferencedObjects): string {
  return source.kind === 'Spec'
    ? Buffer.from(source.value).toString('base64')
    : (contentOf(source, objects)?.data[source.key] ?? '');
}

/** Several refusals as one: the reason is that of the first one. Undefined: there is none. */
export function together(problems: readonly Refusal[]): Refusal | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  return { ...first, message: problems.map(({ message }) => message).join('; ') };
}

function byObject(needs: readonly KeyNeed[]): readonly (readonly KeyNeed[])[] {
  return [...Map.groupBy(needs, ({ source }) => `${source.kind} ${source.name}`).values()];
}

function fieldsOf(needs: readonly KeyNeed[]): string {
  return [...new Set(needs.map(({ field }) => field))].join(', ');
}

function refusedSecret(
  needs: readonly KeyNeed[],
  objects: ReferencedObjects,
  namespace: string,
): readonly Refusal[] {
  const source = needs[0]?.source;
  const refusal = source === undefined ? undefined : contentOf(source, objects)?.refusal;
  if (source === undefined || refusal === undefined) return [];
  const names = { name: source.name, fields: fieldsOf(needs), namespace };
  return [refuse(refusal.reason, refusalMessage(refusal, names))];
}

function missingObject(needs: readonly KeyNeed[], namespace: string): readonly Refusal[] {
  const source = needs[0]?.source;
  if (source === undefined) return [];
  const message = `${source.kind} ${source.name} (${fieldsOf(needs)}) does not exist; create it: ${createCommand(source, needs, namespace)}`;
  return [refuse(`${source.kind}Missing`, message)];
}

function valueProblem(
  need: KeyNeed,
  content: SecretContent | undefined,
  namespace: string,
): Refusal | undefined {
  if (content === undefined) return undefined;
  const { field, source } = need;
  const { key, kind, name } = source;
  const object = `${kind} ${name} (${field})`;
  const fill = fillCommand(need, namespace);
  const value = content.data[key];
  if (value === undefined) {
    const remedy = remedyOfMissingKey(need, content.data) ?? `add it: ${fill}`;
    return refuse(`${kind}KeyMissing`, `${object} has no key ${key}; ${remedy}`);
  }
  const bytes = Buffer.from(value, 'base64');
  const named = `key ${key} of ${object}`;
  if (bytes.length === 0 && kind === 'Secret') {
    return refuse('SecretValueEmpty', `${named} is empty; fill it: ${fill}`);
  }
  const replace = (): string => remedyOfWrongKey(need, content.data) ?? `replace it: ${fill}`;
  switch (need.content) {
    case 'text':
      return undefined;
    case 'token':
      return bytes.toString().trim().length >= TOKEN_CHARACTERS_MIN
        ? undefined
        : refuse(
            'TokenTooShort',
            `${named} has fewer than ${TOKEN_CHARACTERS_MIN} characters, so it could be guessed; replace it, for example with the output of openssl rand -base64 32: ${fill}`,
          );
    case 'certificates': {
      const problem = certificatesProblem(bytes);
      return problem === undefined
        ? undefined
        : refuse('CertificateInvalid', `${named} ${problem}; ${replace()}`);
    }
    case 'privateKey': {
      const problem = privateKeyProblem(bytes);
      return problem === undefined
        ? undefined
        : refuse('PrivateKeyInvalid', `${named} ${problem}; ${replace()}`);
    }
    default:
      return unreachable(need.content);
  }
}

/** Files of certificates and of their private keys. */
const PAIRS = [
  [CREDENTIAL_FILES.kafkaClientCertificate, CREDENTIAL_FILES.kafkaClientKey],
  [CREDENTIAL_FILES.clickHouseClientCertificate, CREDENTIAL_FILES.clickHouseClientKey],
  [CREDENTIAL_FILES.pushCertificate, CREDENTIAL_FILES.pushKey],
] as const;

function mismatches(needs: readonly CredentialNeed[], data: CredentialData): Refusal[] {
  return PAIRS.flatMap((pair) => pairMismatch(needs, data, pair) ?? []);
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
