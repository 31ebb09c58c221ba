import { firstProblems } from '../../lib/first-problems.ts';
import type { ConditionReason } from '../api/status/condition-reasons.ts';
import type { KafkaExporter } from '../api/kafka-exporter.ts';
import { credentialNeeds } from '../credentials/credential-needs.ts';
import { environmentRefusals } from '../credentials/environment-secrets.ts';
import type { SecretLabel } from '../credentials/permitted-secret.ts';
import { credentialWarnings } from '../credentials/credential-warnings.ts';
import {
  type EarlierPublication,
  holdsFiles,
  type Publication,
  publishCredentials,
  type Trials,
} from '../credentials/publish-credentials.ts';
import {
  type ReferencedObjects,
  type ResolvedCredentials,
  resolveCredentials,
  together,
} from '../credentials/resolve-credentials.ts';
import type { KubeManifest } from '../kube/kube-object.ts';
import { renderExporterConfig } from '../desired/exporter-config.ts';
import { notAllowed, type PodAllowances } from '../desired/pod-allowances.ts';
import { ownedManifests } from '../desired/owned-manifests.ts';

/** The desired state of the cluster for one resource. */
export type Desired =
  | {
      readonly kind: 'desired';
      readonly configHash: string;
      readonly credentials: ResolvedCredentials;
      /** What is unusual about the credentials, though they are complete. */
      readonly credentialWarnings: readonly string[];
      /** Desired content of the pods' Secret. */
      readonly publication: Publication;
      /** Whether the resource needs any credentials. */
      readonly authenticated: boolean;
      /** In the order in which they are applied, with the Deployment last. */
      readonly manifests: readonly KubeManifest[];
    }
  | ({ readonly kind: 'invalid' } & SpecRefusal);

/** Why a spec is not brought about, as sentences. */
export interface SpecRefusal {
  readonly reason: Extract<ConditionReason, 'InvalidSpec' | 'NotAllowed'>;
  readonly problems: readonly string[];
}

/** Inputs of the desired state, in addition to the resource. */
export interface BuildInput extends ReferencedObjects {
  readonly image: string;
  /** The value of `--installation`; empty: none. */
  readonly installation: string;
  /** The value of `--platform-security-context`. */
  readonly platformSecurityContext: boolean;
  readonly earlier: EarlierPublication;
  readonly trials: Trials;
  /** The label that a Secret must have before a resource may refer to it. Absent: none. */
  readonly secretLabel?: SecretLabel | undefined;
  /** What the pods may have. Absent: everything. */
  readonly podAllowances?: PodAllowances | undefined;
  /** The spec was accepted before, and goes on being cared for. */
  readonly acceptedBefore?: boolean;
  /** Whether the API server has the kind PodMonitor. */
  readonly servesPodMonitors: boolean;
}

/**
 * All objects that should exist for a resource. While the pods would lack a credential that their configuration needs, or get a
 * Secret that no resource may refer to, the Deployment is left out and so stays as it is. So it does if its pods have what they
 * were allowed to have once, and are not any more.
 */
export function buildDesired(resource: KafkaExporter, input: BuildInput): Desired {
  const rendered = renderExporterConfig(resource, input.installation);
  if (rendered.kind === 'invalid') return { ...rendered, reason: 'InvalidSpec' };
  const { acceptedBefore = false, podAllowances = {} } = input;
  const excess = notAllowed(resource.spec.podTemplate, podAllowances);
  if (excess.length > 0 && !acceptedBefore) {
    return { kind: 'invalid', reason: 'NotAllowed', problems: firstProblems(excess) };
  }
  const needs = credentialNeeds(resource.spec);
  const { namespace } = resource.metadata;
  const resolved = resolveCredentials(needs, input, namespace);
  const { secretLabel, secrets } = input;
  const environment = environmentRefusals(resource.spec, { secrets, secretLabel, namespace });
  const publication = publishCredentials(resolved, input.earlier, input.trials);
  const { published } = publication;
  const files = needs.map(({ file }) => file);
  const runnable =
    excess.length === 0 &&
    (!resource.spec.enabled || (holdsFiles(published, files) && environment.length === 0));
  return {
    kind: 'desired',
    configHash: rendered.hash,
    credentials:
      together([...(resolved.kind === 'refused' ? [resolved] : []), ...environment]) ?? resolved,
    credentialWarnings: credentialWarnings(needs, input),
    publication,
    authenticated: needs.length > 0,
    manifests: ownedManifests(resource, rendered, { ...input, ...publication, runnable }),
  };
}
