import type { Desired } from '../desired-state.ts';
import { configMapName } from '../../desired/names.ts';
import type { KubeManifest, KubeObject } from '../../kube/kube-object.ts';
import { rollout } from '../observe/deployment-state.ts';
import { newestRevision } from '../../credentials/publish-credentials.ts';
import { driftOf } from './drift.ts';
import type { ContestedObject } from '../outcome.ts';
import type { Drift, WriteGuard } from './write-guard.ts';
import { findOwned, type Observation, type ObservedPod } from '../observe/observation.ts';

/** The writes to make, as data. Empty if the cluster is in the desired state. */
export interface Plan {
  readonly apply: readonly KubeManifest[];
  /** Objects with fields to remove that only others have set. */
  readonly strip: readonly Drift[];
  /** Objects that another program sets again after each write. They are left as they are. */
  readonly contested: readonly ContestedObject[];
  /** Our objects that are no longer needed. */
  readonly prune: readonly KubeObject[];
  /** Pods to annotate, so that their kubelet refreshes the mounted Secret now. */
  readonly annotate: readonly ObservedPod[];
}

/** Who writes. */
export interface Writer {
  /** Our field manager. */
  readonly manager: string;
  readonly guard: Pick<WriteGuard, 'isContested'>;
}

/** Computes the smallest set of writes that leads from the observed to the desired state. */
export function planWrites(
  desired: Extract<Desired, { kind: 'desired' }>,
  observation: Observation,
  { guard, manager }: Writer,
): Plan {
  const missing = desired.manifests.filter(
    (manifest) => findOwned(observation, manifest) === undefined,
  );
  const drifts = desired.manifests.flatMap((manifest) => {
    const live = findOwned(observation, manifest);
    return live === undefined ? [] : (driftOf(manifest, live, manager) ?? []);
  });
  const contested = drifts.filter((drift) => guard.isContested(drift));
  const open = drifts.filter((drift) => !contested.includes(drift));
  const changed = new Set(open.filter((drift) => drift.apply).map(({ manifest }) => manifest));
  const apply = desired.manifests.filter(
    (manifest) => missing.includes(manifest) || changed.has(manifest),
  );
  return {
    apply,
    strip: open.filter(({ foreign }) => foreign.length > 0),
    contested: contested.map(contestedObject),
    prune:
      apply.length === 0
        ? [
            ...unwantedObjects(desired, observation),
            ...staleConfigMaps(desired.configHash, observation),
          ]
        : [],
    annotate:
      desired.authenticated && observation.mayPatchPods
        ? behindPods(newestRevision(desired.publication), observation)
        : [],
  };
}

function contestedObject({ differences, foreign, manifest }: Drift): ContestedObject {
  return {
    kind: manifest.kind,
    name: manifest.metadata.name,
    fields: [
      ...differences.map(({ path }) => path),
      ...foreign.map(({ manager, pointer }) => `${pathOf(pointer)} (set by ${manager})`),
    ],
  };
}

/** A JSON pointer as a path with dots. */
function pathOf(pointer: string): string {
  return pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Whether a plan writes nothing. */
export function isEmptyPlan(plan: Plan): boolean {
  const { annotate, apply, prune, strip } = plan;
  return apply.length + strip.length + prune.length + annotate.length === 0;
}

/** Kinds of which a resource has objects only if its spec asks for them. */
const ON_DEMAND: ReadonlySet<string> = new Set([
  'HorizontalPodAutoscaler',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'PodMonitor',
  'Service',
]);

/** Objects that the spec no longer asks for. */
function unwantedObjects(
  { manifests }: Extract<Desired, { kind: 'desired' }>,
  { owned }: Observation,
): KubeObject[] {
  const wanted = new Set(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  return owned.filter(
    ({ kind, metadata }) => ON_DEMAND.has(kind) && !wanted.has(`${kind} ${metadata.name}`),
  );
}

/** ConfigMaps of old configurations, once no pod can start with them. */
function staleConfigMaps(configHash: string, observation: Observation): KubeObject[] {
  const { name } = observation.resource.metadata;
  const current = configMapName(name, configHash);
  const deployment = observation.owned.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined || !rollout(deployment).complete) return [];
  const mounted = JSON.stringify(deployment['spec']);
  return observation.owned.filter(
    ({ kind, metadata }) =>
      kind === 'ConfigMap' && metadata.name !== current && !mounted.includes(`"${metadata.name}"`),
  );
}

function behindPods(revision: number | undefined, observation: Observation): ObservedPod[] {
  if (revision === undefined) return [];
  return observation.pods.filter(
    (pod) =>
      pod.running &&
      pod.credentialsAnnotation !== String(revision) &&
      pod.report?.credentialsRevision !== revision,
  );
}
