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
import { configMap } from '../desired/config-map.ts';
import { deployment } from '../desired/deployment.ts';
import { renderExporterConfig } from '../desired/exporter-config.ts';
import { objectsOnDemand } from '../desired/on-demand/objects-on-demand.ts';
import { pushService } from '../desired/push-service.ts';
import { managedSecret } from '../desired/secret.ts';
import { service } from '../desired/service.ts';
import { serviceAccount } from '../desired/service-account.ts';

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
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

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
  /** Whether the API server has the kind PodMonitor. */
  readonly servesPodMonitors: boolean;
}

/**
 * All objects that should exist for a resource. While the pods would lack a credential that their configuration needs, or get a
 * Secret that no resource may refer to, the Deployment is left out and so stays as it is.
 */
export function buildDesired(resource: KafkaExporter, input: BuildInput): Desired {
  const rendered = renderExporterConfig(resource, input.installation);
  if (rendered.kind === 'invalid') return rendered;
  const needs = credentialNeeds(resource.spec);
  const { http } = resource.spec.source;
  const { namespace } = resource.metadata;
  const resolved = resolveCredentials(needs, input, namespace);
  const { secretLabel, secrets } = input;
  const environment = environmentRefusals(resource.spec, { secrets, secretLabel, namespace });
  const publication = publishCredentials(resolved, input.earlier, input.trials);
  const { candidate, published } = publication;
  const files = needs.map(({ file }) => file);
  const runnable =
    !resource.spec.enabled || (holdsFiles(published, files) && environment.length === 0);
  return {
    kind: 'desired',
    configHash: rendered.hash,
    credentials:
      together([...(resolved.kind === 'refused' ? [resolved] : []), ...environment]) ?? resolved,
    credentialWarnings: credentialWarnings(needs, input),
    publication,
    authenticated: needs.length > 0,
    manifests: [
      serviceAccount(resource),
      service(resource),
      ...(http === undefined ? [] : [pushService(resource, http)]),
      ...(published === undefined ? [] : [managedSecret(resource, published, candidate)]),
      configMap(resource, rendered),
      ...objectsOnDemand(resource, input.servesPodMonitors),
      ...(runnable ? [deployment(resource, { ...input, configHash: rendered.hash })] : []),
    ],
  };
}
