import { CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import type { CredentialData } from '../desired/secret.ts';
import type { ResolvedCredentials, SecretContent } from './resolve-credentials.ts';

/** Content of the pods' Secret, as it is or as it should be. */
export interface PublishedCredentials {
  readonly data: CredentialData;
  readonly revision: number;
}

/** What is known about earlier publications. */
export interface EarlierPublication {
  /** The pods' Secret as it is; undefined: it does not exist. */
  readonly secret: SecretContent | undefined;
  /** `status.credentials.desiredRevision`, which stays when the Secret is deleted. */
  readonly statusRevision: number;
}

/**
 * The content that the pods' Secret should have. The revision is a counter. It increases when a published byte changes, and
 * never decreases. If the credentials are refused, the last valid ones stay as they are.
 *
 * @returns undefined if there have never been valid credentials.
 */
export function publishCredentials(
  resolved: ResolvedCredentials,
  earlier: EarlierPublication,
): PublishedCredentials | undefined {
  const current = earlier.secret === undefined ? undefined : publishedIn(earlier.secret);
  if (resolved.kind === 'refused') return current;
  const last = Math.max(current?.revision ?? 0, earlier.statusRevision);
  const unchanged =
    current !== undefined && current.revision === last && sameData(current.data, resolved.data);
  return { data: resolved.data, revision: unchanged ? last : last + 1 };
}

/** Whether published credentials have all of these files. */
export function holdsFiles(
  published: PublishedCredentials | undefined,
  files: readonly string[],
): boolean {
  return published !== undefined && files.every((file) => published.data[file] !== undefined);
}

function publishedIn(secret: SecretContent): PublishedCredentials | undefined {
  const encoded = secret.data[CREDENTIAL_FILES.revision];
  const revision = Number(Buffer.from(encoded ?? '', 'base64').toString('utf8'));
  if (!Number.isSafeInteger(revision) || revision < 1) return undefined;
  const known = new Set<string>(Object.values(CREDENTIAL_FILES));
  known.delete(CREDENTIAL_FILES.revision);
  return {
    data: Object.fromEntries(Object.entries(secret.data).filter(([file]) => known.has(file))),
    revision,
  };
}

function sameData(a: CredentialData, b: CredentialData): boolean {
  const files = Object.keys(a);
  return files.length === Object.keys(b).length && files.every((file) => a[file] === b[file]);
}
