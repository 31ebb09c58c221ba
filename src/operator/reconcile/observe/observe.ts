import { z } from 'zod';
import type { KafkaExporter, KafkaExporterStatus } from '../../api/kafka-exporter.ts';
import { referencedSecrets } from '../../credentials/credential-needs.ts';
import type { SecretContent } from '../../credentials/resolve-credentials.ts';
import { workloadName } from '../../desired/names.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { keyOf, type KubeObject } from '../../kube/kube-object.ts';
import { RESOURCE_TYPES } from '../../kube/resource-type.ts';
import type { PodReports } from '../../pods/pod-reports.ts';
import { deliveryView } from './delivery-view.ts';
import type { Observation, ObservedPod } from './observation.ts';
import { observedPod } from './pod-parts.ts';
import { sharedTopics } from './shared-topics.ts';
import type { WatchedObjects } from './watched-objects.ts';

/** What observing needs. */
export interface ObserveDeps {
  readonly client: Pick<KubeClient, 'get'>;
  readonly watched: Pick<WatchedObjects, 'ownedBy' | 'podsOf' | 'resources' | 'servesPodMonitors'>;
  readonly reports: Pick<PodReports, 'follow'>;
}

const secretData = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });

/**
 * Reads all inputs of one reconciliation: watched objects from the stores, Secrets from the API server, because their content is
 * never kept, and the reports of the pods.
 *
 * @throws KubeError when a Secret cannot be read.
 */
export async function observe(
  deps: ObserveDeps,
  resource: KafkaExporter,
  previous: KafkaExporterStatus,
): Promise<Observation> {
  const { name, namespace, uid } = resource.metadata;
  const pods = observedPods(deps.watched.podsOf(uid));
  const secret = (secretName: string): Promise<ReturnType<typeof withData> | undefined> =>
    deps.client
      .get(RESOURCE_TYPES.secret, namespace, secretName)
      .then((object) => (object === undefined ? undefined : withData(object)));
  const names = referencedSecrets(resource.spec);
  const [managedSecret, secrets, reports] = await Promise.all([
    secret(workloadName(name)),
    Promise.all(names.map(secret)),
    deps.reports.follow(
      keyOf(resource),
      pods.filter((pod) => pod.running),
      (reported) => deliveryView(reported, resource.spec, previous.delivery?.lag),
    ),
  ]);
  return {
    resource,
    owned: deps.watched.ownedBy(uid),
    managedSecret,
    secrets: new Map(
      names.flatMap((secretName, index) => {
        const content = secrets[index];
        return content === undefined ? [] : [[secretName, content] as const];
      }),
    ),
    pods: pods.map((pod) => ({ ...pod, report: reports.get(pod.uid) })),
    sharedTopics: sharedTopics(deps.watched.resources, resource),
    servesPodMonitors: deps.watched.servesPodMonitors(),
    statusRevision: previous.credentials?.desiredRevision ?? 0,
  };
}

function withData(object: KubeObject): KubeObject & SecretContent {
  return { ...object, data: secretData.parse(object).data };
}

function observedPods(pods: readonly KubeObject[]): Omit<ObservedPod, 'report'>[] {
  return pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(observedPod)
    .toSorted((a, b) => a.name.localeCompare(b.name));
}
