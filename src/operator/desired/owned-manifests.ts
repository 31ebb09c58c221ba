import type { KafkaExporter } from '../api/kafka-exporter.ts';
import type { KubeManifest } from '../kube/kube-object.ts';
import { configMap } from './config-map.ts';
import { deployment, type DeploymentOptions } from './deployment.ts';
import { objectsOnDemand } from './on-demand/objects-on-demand.ts';
import { pushService } from './push-service.ts';
import { type CandidateCredentials, type CredentialSet, managedSecret } from './secret.ts';
import { service } from './service.ts';
import { serviceAccount } from './service-account.ts';

/** What the objects of a resource depend on, in addition to the resource and its configuration. */
export interface OwnedInput extends Omit<DeploymentOptions, 'configHash'> {
  /** Undefined: there is no Secret. */
  readonly published: CredentialSet | undefined;
  readonly candidate: CandidateCredentials | undefined;
  /** Whether the API server has the kind PodMonitor. */
  readonly servesPodMonitors: boolean;
  /** False: the Deployment is left out, and so stays as it is. */
  readonly runnable: boolean;
}

/** The objects that the operator makes for a resource, in the order in which it applies them: the Deployment is the last. */
export function ownedManifests(
  resource: KafkaExporter,
  rendered: { readonly yaml: string; readonly hash: string },
  input: OwnedInput,
): KubeManifest[] {
  const { candidate, published, runnable, servesPodMonitors } = input;
  const { http } = resource.spec.source;
  return [
    serviceAccount(resource),
    service(resource),
    ...(http === undefined ? [] : [pushService(resource, http)]),
    ...(published === undefined ? [] : [managedSecret(resource, published, candidate)]),
    configMap(resource, rendered),
    ...objectsOnDemand(resource, servesPodMonitors),
    ...(runnable ? [deployment(resource, { ...input, configHash: rendered.hash })] : []),
  ];
}
