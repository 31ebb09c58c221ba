import { CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import type { ConditionReason } from '../api/condition-reasons.ts';
import type { CredentialData } from '../desired/secret.ts';
import { unreachable } from '../../lib/assert.ts';
import { type CredentialNeed } from './credential-needs.ts';
import { createCommand, fillCommand } from './secret-commands.ts';
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
 * refused, because the pods could not log in with half of a change. The message names all that is wrong, and the reason is
 * that of the first problem.
 *
 * @param secrets the referenced Secrets by name, without those that do not exist.
 */
export function resolveCredentials(
  needs: readonly CredentialNeed[],
  secrets: ReadonlyMap<string, SecretContent>,
  namespace: string,
): ResolvedCredentials {
  const missing = needs.filter(({ secretName }) => !secrets.has(secretName));
  const problems = [
    ...[...Map.groupBy(missing, ({ secretName }) => secretName)].map(([secretName, needed]) =>
      missingSecret(secretName, needed, namespace),
    ),
    ...needs.flatMap((need) => valueProblem(need, secrets.get(need.secretName), namespace) ?? []),
  ];
  const data = Object.fromEntries(
    needs.map(({ file, key, secretName }) => [file, secrets.get(secretName)?.data[key] ?? '']),
  );
  return together(problems) ?? together(mismatches(needs, data)) ?? { kind: 'resolved', data };
}

function together(problems: readonly Refusal[]): Refusal | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  return { ...first, message: problems.map(({ message }) => message).join('; ') };
}

function missingSecret(name: string, needs: readonly CredentialNeed[], namespace: string): Refusal {
  const fields = [...new Set(needs.map(({ field }) => field))].join(', ');
  return refuse(
    'SecretMissing',
    `Secret ${name} (${fields}) does not exist; create it: ${createCommand(name, needs, namespace)}`,
  );
}

function valueProblem(
  need: CredentialNeed,
  secret: SecretContent | undefined,
  namespace: string,
): Refusal | undefined {
  if (secret === undefined) return undefined;
  const { secretName, key, field } = need;
  const fill = fillCommand(need, namespace);
  const value = secret.data[key];
  if (value === undefined) {
    return refuse(
      'SecretKeyMissing',
      `Secret ${secretName} (${field}) has no key ${key}; add it: ${fill}`,
    );
  }
  const bytes = Buffer.from(value, 'base64');
  const named = `key ${key} of Secret ${secretName} (${field})`;
  if (bytes.length === 0) return refuse('SecretValueEmpty', `${named} is empty; fill it: ${fill}`);
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
        : refuse('CertificateInvalid', `${named} ${problem}; replace it: ${fill}`);
    }
    case 'privateKey': {
      const problem = privateKeyProblem(bytes);
      return problem === undefined
        ? undefined
        : refuse('PrivateKeyInvalid', `${named} ${problem}; replace it: ${fill}`);
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
  const { secretName, field } = needs.find(({ file }) => file === keyFile) ?? {};
  return refuse(
    'CertificateKeyMismatch',
    `Secret ${secretName ?? ''} (${field ?? ''}): ${problem}; replace both keys in one change`,
  );
}

function refuse(reason: RefusalReason, message: string): Refusal {
  return { kind: 'refused', reason, message };
}
