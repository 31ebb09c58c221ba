import { z } from 'zod';
import { CONFIG_VOLUME, CONTAINER_NAME } from '../../desired/deployment.ts';
import { CREDENTIALS_REVISION_ANNOTATION } from '../../desired/labels.ts';
import { hashOfConfigMap } from '../../desired/names.ts';
import type { KubeObject } from '../../kube/kube-object.ts';
import { identityOnly } from './indexing.ts';
import type { ObservedPod } from './observation.ts';

const SCHEDULED = 'PodScheduled';
const READY = 'Ready';

/** Reasons for which every container waits at first. */
const STARTING: ReadonlySet<string> = new Set(['', 'ContainerCreating', 'PodInitializing']);

/** The statuses of the exporter's container, and of others that do not start. */
const containerStatuses = z
  .array(
    z.object({
      name: z.string(),
      state: z
        .object({ waiting: z.object({ reason: z.string().default('') }).optional() })
        .default({}),
    }),
  )
  .default([])
  .transform((statuses) =>
    statuses.filter(
      ({ name, state }) => name === CONTAINER_NAME || !STARTING.has(state.waiting?.reason ?? ''),
    ),
  );

/** The fields of a pod that the operator uses. Lists have only the entries that it uses. */
const usedFields = z.object({
  spec: z
    .object({
      volumes: z
        .array(
          z.object({
            name: z.string(),
            configMap: z.object({ name: z.string().default('') }).optional(),
          }),
        )
        .default([])
        .transform((volumes) => volumes.filter(({ name }) => name === CONFIG_VOLUME)),
    })
    .prefault({}),
  status: z
    .object({
      phase: z.string().default(''),
      podIP: z.string().default(''),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), reason: z.string().default('') }))
        .default([])
        .transform((conditions) =>
          conditions.filter(({ type }) => [SCHEDULED, READY].includes(type)),
        ),
      containerStatuses,
      initContainerStatuses: containerStatuses,
    })
    .prefault({}),
});

/** A pod with only the fields that `observedPod` uses. */
export function podParts(pod: KubeObject): KubeObject {
  const { deletionTimestamp, annotations } = pod.metadata;
  const revision = annotations?.[CREDENTIALS_REVISION_ANNOTATION];
  const identity = identityOnly(pod);
  return {
    ...identity,
    ...usedFields.parse(pod),
    metadata: {
      ...identity.metadata,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(revision === undefined
        ? {}
        : { annotations: { [CREDENTIALS_REVISION_ANNOTATION]: revision } }),
    },
  };
}

/** What a pod object says, without the pod's report. */
export function observedPod(pod: KubeObject): Omit<ObservedPod, 'report' | 'updated'> {
  const { spec, status } = usedFields.parse(pod);
  const [mounted] = spec.volumes;
  const container = status.containerStatuses.find(({ name }) => name === CONTAINER_NAME);
  const other = [...status.initContainerStatuses, ...status.containerStatuses].find(
    ({ name }) => name !== CONTAINER_NAME,
  );
  const isSaid =
    (type: string, value: string) =>
    (condition: { readonly type: string; readonly status: string }): boolean =>
      condition.type === type && condition.status === value;
  const unscheduled = status.conditions.find(isSaid(SCHEDULED, 'False'));
  return {
    name: pod.metadata.name,
    namespace: pod.metadata.namespace ?? '',
    uid: pod.metadata.uid,
    ip: status.podIP,
    running: status.phase === 'Running',
    ready: status.conditions.some(isSaid(READY, 'True')),
    configHash:
      mounted?.configMap === undefined ? undefined : hashOfConfigMap(mounted.configMap.name),
    credentialsAnnotation: pod.metadata.annotations?.[CREDENTIALS_REVISION_ANNOTATION],
    waiting: container?.state.waiting?.reason ?? unscheduled?.reason,
    otherWaiting: other && { container: other.name, reason: other.state.waiting?.reason ?? '' },
  };
}
