import type { KafkaExporter } from '../api/kafka-exporter.ts';
import { credentialNeeds } from '../credentials/credential-needs.ts';
import {
  type EarlierPublication,
  holdsFiles,
  publishCredentials,
  type PublishedCredentials,
} from '../credentials/publish-credentials.ts';
import {
  type ResolvedCredentials,
  resolveCredentials,
  type SecretContent,
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
      /** Desired content of the pods' Secret; undefined: there have never been valid credentials. */
      readonly published: PublishedCredentials | undefined;
      /** Whether the resource needs any credentials. */
      readonly authenticated: boolean;
      /** In the order in which they are applied, with the Deployment last. */
      readonly manifests: readonly KubeManifest[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** Inputs of the desired state, in addition to the resource. */
export interface BuildInput {
  readonly image: string;
  /** The value of `--installation`; empty: none. */
  readonly installation: string;
  readonly secrets: ReadonlyMap<string, SecretContent>;
  readonly earlier: EarlierPublication;
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
  const credentials = resolveCredentials(needs, input.secrets, resource.metadata.namespace);
  const published = publishCredentials(credentials, input.earlier);
  const runnable =
    !resource.spec.enabled ||
    holdsFiles(
      published,
      needs.map(({ file }) => file),
    );
  return {
    kind: 'desired',
    configHash: rendered.hash,
    credentials,
    published,
    authenticated: needs.length > 0,
    manifests: [
      serviceAccount(resource),
      service(resource),
      ...(http === undefined ? [] : [pushService(resource, http)]),
      ...(published === undefined ? [] : [managedSecret(resource, published)]),
      configMap(resource, rendered),
      ...objectsOnDemand(resource, input.servesPodMonitors),
      ...(runnable
        ? [deployment(resource, { image: input.image, configHash: rendered.hash })]
        : []),
    ],
  };
}
