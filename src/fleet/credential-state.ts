import type { Problem } from '../exporter/contract/status-report.ts';
import type { ExporterReading, PodReading } from './fleet-reading.ts';
import { NONE } from './row-texts.ts';

/** Why a pod cannot use a revision of the credentials. */
export interface CredentialRefusal extends Problem {
  readonly pod: string;
  /** Undefined: a pod of an older version does not say which. */
  readonly revision: number | undefined;
}

/** Which credentials an exporter should use, and which its pods use. */
export interface CredentialState {
  /** The revision that pods should use; undefined: there is none. */
  readonly desired: number | undefined;
  /** The last revision with which every pod has authenticated. */
  readonly applied: number | undefined;
  /** Pods that should authenticate, also those that have not answered. Undefined: the user may not list them. */
  readonly pods: number | undefined;
  /** Pods by the revision that they use, the newest revision first. Those that have not answered are not in it. */
  readonly users: readonly { readonly revision: number; readonly pods: number }[];
  /** The newest revision that pods try before it is published; undefined: there is none. */
  readonly candidate:
    | { readonly revision: number; readonly pods: number; readonly isRefused: boolean }
    | undefined;
  readonly refusals: readonly CredentialRefusal[];
}

/** The state of an exporter's credentials, as its status and its pods tell it. */
export function credentialState({ pods, status }: ExporterReading): CredentialState {
  const reports = (pods ?? []).flatMap(({ report }) => report ?? []);
  const byRevision = Map.groupBy(
    reports.flatMap(({ credentialsRevision }) => credentialsRevision ?? []),
    (revision) => revision,
  );
  return {
    desired: status?.credentials?.desiredRevision,
    applied: status?.credentials?.appliedRevision,
    pods: pods?.filter(({ state }) => state !== 'Ended' && state !== 'Ending').length,
    users: [...byRevision]
      .map(([revision, users]) => ({ revision, pods: users.length }))
      .toSorted((a, b) => b.revision - a.revision),
    candidate: candidateOf(reports),
    refusals: (pods ?? []).flatMap(refusalsOf),
  };
}

function candidateOf(
  reports: readonly NonNullable<PodReading['report']>[],
): CredentialState['candidate'] {
  const all = reports.flatMap(({ candidate }) => candidate ?? []);
  if (all.length === 0) return undefined;
  const revision = Math.max(...all.map((each) => each.revision));
  const newest = all.filter((each) => each.revision === revision);
  const isRefused = newest.some(({ problem }) => problem !== undefined);
  return { revision, pods: newest.length, isRefused };
}

function refusalsOf({ name: pod, report }: PodReading): readonly CredentialRefusal[] {
  const { candidate, renewalProblem } = report ?? {};
  return [
    ...(candidate?.problem === undefined
      ? []
      : [{ ...candidate.problem, pod, revision: candidate.revision }]),
    ...(renewalProblem === undefined
      ? []
      : [{ ...renewalProblem, pod, revision: renewalProblem.credentialsRevision }]),
  ];
}

/** The state in a few words, such as `revision 2, in use by 2 of 2 pods; trying 3`. */
export function credentialText(state: CredentialState): string {
  const { candidate, desired, users } = state;
  const revision = desired ?? users[0]?.revision;
  const said =
    revision === undefined ? [] : [`revision ${revision}, ${usersText(state, revision)}`];
  const tried =
    candidate === undefined
      ? []
      : [candidate.isRefused ? `${candidate.revision} refused` : `trying ${candidate.revision}`];
  return [...said, ...tried].join('; ') || NONE;
}

function usersText({ applied, pods, users }: CredentialState, revision: number): string {
  if (pods === undefined || users.length === 0) {
    if (applied === undefined) return 'not in use yet';
    return applied === revision ? 'in use' : `${applied} in use`;
  }
  const using = users.find((each) => each.revision === revision)?.pods ?? 0;
  return `in use by ${using} of ${pods} ${pods === 1 ? 'pod' : 'pods'}`;
}
