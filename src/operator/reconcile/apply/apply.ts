import { allInOrder } from '../../../lib/all-in-order.ts';
import {
  CREDENTIALS_REVISION_ANNOTATION,
  EXPORTER_LABEL,
  hasOwnedLabels,
} from '../../desired/labels.ts';
import { FIELD_MANAGER, type KubeClient } from '../../kube/kube-client.ts';
import { KubeError } from '../../kube/kube-error.ts';
import { controllerUidOf, type KubeManifest, type KubeObject } from '../../kube/kube-object.ts';
import { resourceTypeOf } from '../../kube/resource-type.ts';
import { driftOf } from './drift.ts';
import { handOverReplicas, REPLICAS_MANAGER } from './hand-over-replicas.ts';
import type { ObservedPod } from '../observe/observation.ts';
import type { WriteOutcome } from '../outcome.ts';
import type { PodPatches } from '../pod-patches.ts';
import type { Plan } from './plan.ts';
import type { Drift, WriteGuard } from './write-guard.ts';
import type { WatchedObjects } from '../observe/watched-objects.ts';

/** What writing needs. */
export interface ApplyDeps {
  readonly client: Pick<KubeClient, 'get' | 'apply' | 'removeFields' | 'delete'>;
  readonly watched: Pick<WatchedObjects, 'note'>;
  readonly guard: Pick<WriteGuard, 'wrote' | 'insisted'>;
  readonly podPatches: PodPatches;
}

/** The resource for which a plan is written. */
export interface ApplyContext {
  readonly owner: { readonly name: string; readonly uid: string };
  /** Revision for the pods' annotation. */
  readonly revision: number | undefined;
}

/**
 * Writes the objects of a plan and returns how that ended. Each object is read before it is written, because the plan is made
 * from caches, which may be old, and an object of another owner must not be overwritten.
 */
export async function applyPlan(
  deps: ApplyDeps,
  plan: Plan,
  context: ApplyContext,
): Promise<WriteOutcome> {
  try {
    for (const step of stepsOf(plan.apply)) {
      const answers = await allInOrder(step.map((manifest) => applyOne(deps, manifest, context)));
      const conflict = answers.find((answer) => answer !== undefined);
      if (conflict !== undefined) return { kind: 'conflict', message: conflict };
    }
    for (const drift of plan.strip) await strip(deps, drift);
    for (const object of plan.prune) await deps.client.delete(object);
    for (const pod of plan.annotate) {
      // Without the right, the kubelet refreshes the Secret by itself, only later.
      if (!deps.podPatches.isRefused(pod.namespace)) await annotate(deps, pod, context.revision);
    }
    return { kind: 'applied' };
  } catch (error) {
    if (error instanceof KubeError) return outcomeOf(error);
    throw error;
  }
}

/** All objects at once, but the Deployment last, because its pods need the other objects. */
function stepsOf(manifests: readonly KubeManifest[]): KubeManifest[][] {
  return [
    manifests.filter(({ kind }) => kind !== 'Deployment'),
    manifests.filter(({ kind }) => kind === 'Deployment'),
  ];
}

async function applyOne(
  deps: ApplyDeps,
  manifest: KubeManifest,
  context: ApplyContext,
): Promise<string | undefined> {
  const { name, namespace } = manifest.metadata;
  const live = await deps.client.get(resourceTypeOf(manifest), namespace, name);
  if (live !== undefined && !isOurs(live, context)) {
    return `${manifest.kind} ${name} exists, but this resource does not own it; delete it, or give this resource another name`;
  }
  const drift = live === undefined ? undefined : driftOf(manifest, live, FIELD_MANAGER);
  if (live !== undefined && drift?.apply !== true) {
    deps.watched.note(live);
    return undefined;
  }
  const handedOver = live === undefined ? undefined : handOverReplicas(manifest, live);
  if (handedOver !== undefined) await deps.client.apply(handedOver, REPLICAS_MANAGER);
  const written = await deps.client.apply(manifest);
  deps.watched.note(written);
  const created = { manifest, live: written, apply: true, differences: [], foreign: [] };
  deps.guard.wrote(drift ?? created);
  const left = driftOf(manifest, written, FIELD_MANAGER);
  if (left?.apply === true) deps.guard.insisted(left);
  return undefined;
}

/** Removes fields that only others have set. They are looked for again, because the write before may have moved them. */
async function strip(deps: ApplyDeps, { live, manifest }: Drift): Promise<void> {
  const { name, namespace } = manifest.metadata;
  const now = await deps.client.get(resourceTypeOf(manifest), namespace, name);
  if (now === undefined || now.metadata.uid !== live.metadata.uid) return;
  const drift = driftOf(manifest, now, FIELD_MANAGER);
  if (drift === undefined || drift.foreign.length === 0) return;
  const pointers = drift.foreign.map(({ pointer }) => pointer);
  try {
    deps.watched.note(await deps.client.removeFields(now, pointers));
    deps.guard.wrote(drift);
  } catch (error) {
    if (!isChangedMeanwhile(error)) throw error;
  }
}

/**
 * Whether an object was changed or deleted since it was read, which controllers of Kubernetes do all the time. That is no failure: the
 * event of the change leads to the next attempt.
 */
function isChangedMeanwhile(error: unknown): boolean {
  return error instanceof KubeError && ['missing', 'conflict'].includes(error.failure);
}

/**
 * An object is ours if its controller is this resource. Without a controller, its labels decide:
 * the resource was deleted and its objects were kept.
 */
function isOurs(live: KubeObject, { owner }: ApplyContext): boolean {
  const controller = controllerUidOf(live);
  return controller === undefined
    ? live.metadata.labels?.[EXPORTER_LABEL] !== undefined &&
        hasOwnedLabels(live.metadata.labels, owner.name)
    : controller === owner.uid;
}

/** Applies with the uid, so that a pod that was deleted meanwhile is not created again. */
async function annotate(
  deps: ApplyDeps,
  pod: ObservedPod,
  revision: number | undefined,
): Promise<void> {
  const { name, namespace, uid } = pod;
  const annotations = { [CREDENTIALS_REVISION_ANNOTATION]: String(revision) };
  try {
    await deps.client.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, uid, annotations },
    });
    deps.podPatches.granted(namespace);
  } catch (error) {
    if (error instanceof KubeError && error.failure === 'forbidden') {
      deps.podPatches.refused(namespace);
    } else if (!isChangedMeanwhile(error)) throw error;
  }
}

function outcomeOf(error: KubeError): WriteOutcome {
  switch (error.failure) {
    case 'rejected':
      return { kind: 'rejected', message: error.detail.message };
    case 'forbidden':
      return { kind: 'failed', message: error.detail.message };
    case 'conflict':
    case 'expired':
    case 'missing':
    case 'transient':
    case 'unauthorized':
      return {
        kind: 'failed',
        message: 'a write to the API server failed; the operator tries again',
      };
  }
}
