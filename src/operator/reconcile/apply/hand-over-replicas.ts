import { z } from 'zod';
import { FIELD_MANAGER } from '../../kube/kube-client.ts';
import type { KubeManifest, KubeObject } from '../../kube/kube-object.ts';
import { isRecord } from './field-set.ts';

/** Owns the number of pods of a Deployment from the time when the operator leaves it alone until somebody else sets it. */
export const REPLICAS_MANAGER = `${FIELD_MANAGER}-replicas`;

const spec = z.looseObject({ replicas: z.int().optional() });

/**
 * What to apply as `REPLICAS_MANAGER` before a Deployment is applied without its number of pods; undefined: nothing. Otherwise,
 * server-side apply would remove the number, which nobody else owns, and Kubernetes would set it to 1 until an autoscaler or a
 * user sets it. A Deployment of 0 pods is not handed over: an autoscaler does not scale it.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership
 */
export function handOverReplicas(
  manifest: KubeManifest,
  live: KubeObject,
): KubeManifest | undefined {
  if (manifest.kind !== 'Deployment' || replicasOf(manifest) !== undefined) return undefined;
  const replicas = replicasOf(live);
  if (replicas === undefined || replicas === 0 || !ownsReplicas(live)) return undefined;
  const { apiVersion, kind, metadata } = manifest;
  const { name, namespace } = metadata;
  return { apiVersion, kind, metadata: { name, namespace }, spec: { replicas } };
}

function replicasOf(object: KubeManifest | KubeObject): number | undefined {
  return spec.safeParse(object['spec']).data?.replicas;
}

function ownsReplicas({ metadata }: KubeObject): boolean {
  const ours = metadata.managedFields?.filter(({ manager }) => manager === FIELD_MANAGER) ?? [];
  return ours.some(({ fieldsV1 }) => {
    const fields = fieldsV1?.['f:spec'];
    return isRecord(fields) && 'f:replicas' in fields;
  });
}
