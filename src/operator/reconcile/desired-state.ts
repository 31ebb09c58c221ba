import type { KafkaExporter } from '../api/kafka-exporter.ts';
import { credentialNeeds } from '../credentials/credential-needs.ts';
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
  /** Whether the API server has the kind PodMonitor. */
  readonly servesPodMonitors: boolean;
}

/**
 * All objects that should exist for a resource. While the pods would lack a credential that their configuration needs, the
 * Deployment is left out and so stays as it is.
 */
export function buildDesired(resource: KafkaExporter, input: BuildInput): Desired {
  const rendered = renderExporterConfig(resource, input.installation);
  if (rendered.kind === 'invalid') return rendered;
  const needs = credentialNeeds(resource.spec);
  const { http } = resource.spec.source;
  const credentials = resolveCredentials(needs, input, resource.metadata.namespace);
  const publication = publishCredentials(credentials, input.earlier, input.trials);
  const { candidate, published } = publication;
  const files = needs.map(({ file }) => file);
  const runnable = !resource.spec.enabled || holdsFiles(published, files);
  return {
    kind: 'desired',
    configHash: rendered.hash,
    credentials,
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
