import { z } from 'zod';
import { allInOrder } from '../../../lib/all-in-order.ts';
import type { KafkaExporter, KafkaExporterStatus } from '../../api/kafka-exporter.ts';
import { referencedNames } from '../../credentials/credential-needs.ts';
import { type SecretLabel, secretRefusal } from '../../credentials/permitted-secret.ts';
import type { SecretContent } from '../../credentials/resolve-credentials.ts';
import { workloadName } from '../../desired/names.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { controllerUidOf, keyOf, type KubeObject } from '../../kube/kube-object.ts';
import { RESOURCE_TYPES } from '../../kube/resource-type.ts';
import type { PodReports } from '../../pods/pod-reports.ts';
import type { PodPatches } from '../pod-patches.ts';
import { deliveryView } from './delivery-view.ts';
import type { Observation, ObservedPod } from './observation.ts';
import { observedPod } from './pod-parts.ts';
import { newestReplicaSet } from './replica-set-parts.ts';
import type { WatchedObjects } from './watched-objects.ts';

/** What observing needs. */
export interface ObserveDeps {
  readonly client: Pick<KubeClient, 'get'>;
  readonly watched: Pick<
    WatchedObjects,
    'ownedBy' | 'podsOf' | 'replicaSetsOf' | 'servesPodMonitors'
  >;
  readonly reports: Pick<PodReports, 'follow'>;
  readonly podPatches: Pick<PodPatches, 'isRefused'>;
  /** The label that a Secret must have before a resource may refer to it. Absent: none. */
  readonly secretLabel?: SecretLabel | undefined;
}

const texts = z.record(z.string(), z.string()).default({});
const secretData = z.looseObject({ data: texts });
const secretMarks = z.looseObject({ type: z.string().optional() });
const configMapData = z.looseObject({ data: texts, binaryData: texts });

/**
 * Reads all inputs of one reconciliation: watched objects from the stores, Secrets and ConfigMaps of the user from the API
 * server, because their content is never kept, and the reports of the pods.
 *
 * @throws KubeError when a Secret or ConfigMap cannot be read.
 */
export async function observe(
  deps: ObserveDeps,
  resource: KafkaExporter,
  previous: KafkaExporterStatus,
): Promise<Observation> {
  const { name, namespace, uid } = resource.metadata;
  const newest = newestReplicaSet(deps.watched.replicaSetsOf(uid));
  const pods = observedPods(deps.watched.podsOf(uid), newest?.uid);
  const secret = (secretName: string): Promise<SecretContent | undefined> =>
    deps.client
      .get(RESOURCE_TYPES.secret, namespace, secretName)
      .then((object) => (object === undefined ? undefined : permittedContent(object, deps)));
  const configMap = (configMapName: string): Promise<SecretContent | undefined> =>
    deps.client
      .get(RESOURCE_TYPES.configMap, namespace, configMapName)
      .then((object) => (object === undefined ? undefined : contentOfConfigMap(object)));
  const [managedSecret, secrets, configMaps, reports] = await allInOrder([
    deps.client
      .get(RESOURCE_TYPES.secret, namespace, workloadName(name))
      .then((object) => (object === undefined ? undefined : withData(object))),
    contentsByName(referencedNames(resource.spec, 'Secret'), secret),
    contentsByName(referencedNames(resource.spec, 'ConfigMap'), configMap),
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
    secrets,
    configMaps,
    pods: pods.map((pod) => ({ ...pod, report: reports.get(pod.uid) })),
    podRefusal: newest?.refusal,
    mayPatchPods: !deps.podPatches.isRefused(namespace),
    servesPodMonitors: deps.watched.servesPodMonitors(),
    statusRevision: previous.credentials?.desiredRevision ?? 0,
    appliedRevision: previous.credentials?.appliedRevision,
  };
}

/** Reads objects, and leaves out those that do not exist. */
async function contentsByName(
  names: readonly string[],
  read: (name: string) => Promise<SecretContent | undefined>,
): Promise<ReadonlyMap<string, SecretContent>> {
  const contents = await allInOrder(names.map(read));
  return new Map(
    names.flatMap((name, index) => {
      const content = contents[index];
      return content === undefined ? [] : [[name, content] as const];
    }),
  );
}

/** A ConfigMap in the form of a Secret: all of its values in base64. */
function contentOfConfigMap(object: KubeObject): SecretContent {
  const { data, binaryData } = configMapData.parse(object);
  const encoded = Object.entries(data).map(
    ([key, value]) => [key, Buffer.from(value).toString('base64')] as const,
  );
  return { data: { ...binaryData, ...Object.fromEntries(encoded) } };
}

/** A Secret of a user. The values of one that no resource may refer to are left behind: nothing may use them. */
function permittedContent(
  object: KubeObject,
  { secretLabel }: Pick<ObserveDeps, 'secretLabel'>,
): SecretContent {
  const { type } = secretMarks.parse(object);
  const refusal = secretRefusal({ type, labels: object.metadata.labels }, secretLabel);
  return refusal === undefined ? { data: withData(object).data } : { data: {}, refusal };
}

function withData(object: KubeObject): KubeObject & SecretContent {
  return { ...object, data: secretData.parse(object).data };
}

function observedPods(
  pods: readonly KubeObject[],
  newestReplicaSetUid: string | undefined,
): Omit<ObservedPod, 'report'>[] {
  return pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((pod) => ({
      ...observedPod(pod),
      updated: controllerUidOf(pod) === newestReplicaSetUid,
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}
