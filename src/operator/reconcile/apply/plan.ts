import type { Desired } from '../desired-state.ts';
import { configMapName } from '../../desired/names.ts';
import type { KubeManifest, KubeObject } from '../../kube/kube-object.ts';
import { rollout } from '../observe/deployment-state.ts';
import { needsApply } from './needs-apply.ts';
import { findOwned, type Observation, type ObservedPod } from '../observe/observation.ts';

/** The writes to make, as data. Empty if the cluster is in the desired state. */
export interface Plan {
  readonly apply: readonly KubeManifest[];
  /** Our objects that are no longer needed. */
  readonly prune: readonly KubeObject[];
  /** Pods to annotate, so that their kubelet refreshes the mounted Secret now. */
  readonly annotate: readonly ObservedPod[];
}

/** Computes the smallest set of writes that leads from the observed to the desired state. */
export function planWrites(
  desired: Extract<Desired, { kind: 'desired' }>,
  observation: Observation,
  manager: string,
): Plan {
  const apply = desired.manifests.filter((manifest) => {
    const live = findOwned(observation, manifest);
    return live === undefined || needsApply(manifest, live, manager);
  });
  return {
    apply,
    prune:
      apply.length === 0
        ? [
            ...unwantedObjects(desired, observation),
            ...staleConfigMaps(desired.configHash, observation),
          ]
        : [],
    annotate: desired.authenticated ? behindPods(desired.published?.revision, observation) : [],
  };
}

/** Whether a plan writes nothing. */
export function isEmptyPlan(plan: Plan): boolean {
  return plan.apply.length + plan.prune.length + plan.annotate.length === 0;
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
