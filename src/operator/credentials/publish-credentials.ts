import { CANDIDATE_PREFIX, CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import type { CandidateCredentials, CredentialData, CredentialSet } from '../desired/secret.ts';
import { CANDIDATE_SINCE } from '../desired/secret.ts';
import type { ResolvedCredentials, SecretContent } from './resolve-credentials.ts';

/** Content of the pods' Secret, as it is or as it should be. */
export interface Publication {
  /** Credentials that a pod has authenticated with, or that nobody could try. Undefined: there were none yet. */
  readonly published: CredentialSet | undefined;
  /** Newer credentials, which the pods try. Undefined: there are none. */
  readonly candidate: CandidateCredentials | undefined;
}

/** What is known about earlier publications. */
export interface EarlierPublication {
  /** The pods' Secret as it is; undefined: it does not exist. */
  readonly secret: SecretContent | undefined;
  /** `status.credentials.desiredRevision`, which stays when the Secret is deleted. */
  readonly statusRevision: number;
  /** `status.credentials.appliedRevision`. Undefined: no revision has been in use in every pod. */
  readonly appliedRevision: number | undefined;
}

/** What the pods say about candidates. */
export interface Trials {
  /** False: the resource has switched trials off. */
  readonly wanted: boolean;
  /** The newest revision that a pod has authenticated with. Undefined: no pod says so. */
  readonly accepted: number | undefined;
  /** Pods run, the kubelet finds all of them ready, and none says anything about a candidate. */
  readonly silent: boolean;
  /** The annotation of every running pod has made its kubelet refresh the Secret. */
  readonly told: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/**
 * How long the operator waits for a pod that says something about a candidate. Pods of an older version never do, and neither
 * do pods that the operator cannot reach.
 */
export const TRIAL_MS = 30_000;

/** The same for pods whose kubelet refreshes the Secret by itself, at its next sync and when its cache is old: about 2 minutes. */
export const UNTOLD_TRIAL_MS = 180_000;

/**
 * The content that the pods' Secret should have. Changed credentials become a candidate first. They are published once a pod
 * has authenticated with them, so that a pod that starts anew never depends on credentials that nobody has accepted. They are
 * published at once when no published revision has ever been in use, when trials are switched off, when a Secret cannot hold both, and after `TRIAL_MS` (or `UNTOLD_TRIAL_MS`) when no
 * pod says anything about them. The revision is a counter. It increases when a byte changes, and never decreases. If the credentials are refused,
 * the last valid ones stay: a candidate goes on being tried.
 */
export function publishCredentials(
  resolved: ResolvedCredentials,
  earlier: EarlierPublication,
  trials: Trials,
): Publication {
  const before = readPublication(earlier.secret);
  const { candidate, published } = before;
  if (resolved.kind === 'refused') {
    return candidate !== undefined && isAccepted(candidate, trials)
      ? { published: setOf(candidate), candidate: undefined }
      : before;
  }
  const wanted = resolved.data;
  const last = Math.max(published?.revision ?? 0, candidate?.revision ?? 0, earlier.statusRevision);
  // Files that no pod has used yet cannot be wrong for a pod that works.
  const base =
    published === undefined ? wanted : { ...missingIn(published.data, wanted), ...published.data };
  const triable =
    trials.wanted && earlier.appliedRevision !== undefined && fitTogether(base, wanted);
  if (published === undefined || !triable || agree(wanted, base)) {
    // A candidate that needs no trial any more keeps its number: pods that hold it see the same credentials come into use.
    return { published: renumbered(candidate ?? published, wanted, last), candidate: undefined };
  }
  const offered =
    candidate !== undefined && sameData(candidate.data, wanted)
      ? candidate
      : { data: wanted, revision: last + 1, sinceMs: trials.nowMs };
  if (isAccepted(offered, trials) || isOverdue(offered, trials)) {
    return { published: setOf(offered), candidate: undefined };
  }
  const kept = sameData(base, published.data)
    ? published
    : { data: base, revision: offered.revision };
  return {
    published: kept,
    candidate: kept === published ? offered : { ...offered, revision: offered.revision + 1 },
  };
}

/** A Secret has at most 1 MiB, of which a quarter may be the last valid spec. */
const BOTH_BYTES_MAX = 720_000;

function fitTogether(...sets: readonly CredentialData[]): boolean {
  const base64 = sets
    .flatMap((set) => Object.values(set))
    .reduce((sum, { length }) => sum + length, 0);
  return base64 * 0.75 <= BOTH_BYTES_MAX;
}

/** What the Secret of the pods holds. */
export function readPublication(secret: SecretContent | undefined): Publication {
  if (secret === undefined) return { published: undefined, candidate: undefined };
  const candidate = readSet(secret, CANDIDATE_PREFIX);
  const sinceMs = Date.parse(decoded(secret.data[CANDIDATE_SINCE]));
  return {
    published: readSet(secret, ''),
    candidate:
      candidate === undefined
        ? undefined
        : { ...candidate, sinceMs: Number.isNaN(sinceMs) ? 0 : sinceMs },
  };
}

/** The revision of the newest credentials that the pods get. Undefined: none. */
export function newestRevision({ candidate, published }: Publication): number | undefined {
  return (candidate ?? published)?.revision;
}

/** Whether credentials have all of these files. */
export function holdsFiles(
  credentials: CredentialSet | undefined,
  files: readonly string[],
): boolean {
  return credentials !== undefined && files.every((file) => credentials.data[file] !== undefined);
}

function setOf({ data, revision }: CandidateCredentials): CredentialSet {
  return { data, revision };
}

function isAccepted({ revision }: CredentialSet, { accepted }: Trials): boolean {
  return accepted !== undefined && accepted >= revision;
}

function isOverdue({ sinceMs }: CandidateCredentials, { nowMs, silent, told }: Trials): boolean {
  return silent && nowMs - sinceMs >= (told ? TRIAL_MS : UNTOLD_TRIAL_MS);
}

function renumbered(
  published: CredentialSet | undefined,
  data: CredentialData,
  last: number,
): CredentialSet {
  const unchanged =
    published !== undefined && published.revision === last && sameData(published.data, data);
  return { data, revision: unchanged ? last : last + 1 };
}

const FILES: ReadonlySet<string> = new Set(
  Object.values(CREDENTIAL_FILES).filter((file) => file !== CREDENTIAL_FILES.revision),
);

function readSet({ data }: SecretContent, prefix: string): CredentialSet | undefined {
  const revision = Number(decoded(data[`${prefix}${CREDENTIAL_FILES.revision}`]));
  if (!Number.isSafeInteger(revision) || revision < 1) return undefined;
  const files = Object.entries(data)
    .filter(([key]) => key.startsWith(prefix) && FILES.has(key.slice(prefix.length)))
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  return { data: Object.fromEntries(files), revision };
}

function decoded(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}

/** The files of `wanted` that `present` lacks. */
function missingIn(present: CredentialData, wanted: CredentialData): CredentialData {
  return Object.fromEntries(Object.entries(wanted).filter(([file]) => present[file] === undefined));
}

/** Whether every wanted file is in `base` with the same content. */
function agree(wanted: CredentialData, base: CredentialData): boolean {
  return Object.entries(wanted).every(([file, content]) => base[file] === content);
}

function sameData(a: CredentialData, b: CredentialData): boolean {
  return Object.keys(a).length === Object.keys(b).length && agree(a, b);
}
