import type { V1Secret } from '@kubernetes/client-node';
import { CANDIDATE_PREFIX, CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import type { KafkaExporter } from '../api/kafka-exporter.ts';
import type { KubeManifest } from '../kube/kube-object.ts';
import { ACCEPTED_SPEC, acceptedSpecText } from './accepted-spec.ts';
import { ownedMetadata } from './metadata.ts';
import { workloadName } from './names.ts';

/** Files of the credentials directory by name, base64-encoded as in a Secret, without the revision. */
export type CredentialData = Readonly<Record<string, string>>;

/** Credentials with their revision. */
export interface CredentialSet {
  readonly data: CredentialData;
  readonly revision: number;
}

/** Credentials that the pods try. */
export interface CandidateCredentials extends CredentialSet {
  /** Since when, in milliseconds since the Unix epoch. */
  readonly sinceMs: number;
}

/** The key with the time since when there is a candidate. Pods do not use it. */
export const CANDIDATE_SINCE = `${CANDIDATE_PREFIX}since`;

/**
 * The Secret that the pods mount: copies of the referenced credentials with their revision, and newer ones that the pods try.
 * The operator keeps the last valid spec in it, too.
 */
export function managedSecret(
  resource: KafkaExporter,
  published: CredentialSet,
  candidate: CandidateCredentials | undefined,
): KubeManifest {
  const spec = acceptedSpecText(resource.spec);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: ownedMetadata(resource, workloadName(resource.metadata.name)),
    type: 'Opaque',
    data: {
      ...filesOf(published, ''),
      ...(candidate === undefined
        ? {}
        : {
            ...filesOf(candidate, CANDIDATE_PREFIX),
            [CANDIDATE_SINCE]: encoded(new Date(candidate.sinceMs).toISOString()),
          }),
      ...(spec === undefined ? {} : { [ACCEPTED_SPEC]: encoded(spec) }),
    },
  } satisfies V1Secret;
}

function filesOf({ data, revision }: CredentialSet, prefix: string): Record<string, string> {
  const files = { ...data, [CREDENTIAL_FILES.revision]: encoded(String(revision)) };
  return Object.fromEntries(
    Object.entries(files).map(([file, content]) => [`${prefix}${file}`, content]),
  );
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}
