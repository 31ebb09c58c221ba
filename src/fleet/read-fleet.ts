import { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import { EXPORTER_LABEL, OWNED_SELECTOR, podSelector } from '../operator/desired/labels.ts';
import { instanceName } from '../operator/desired/names.ts';
import { KubeError } from '../operator/kube/kube-error.ts';
import type { KubeObject } from '../operator/kube/kube-object.ts';
import { RESOURCE_TYPES } from '../operator/kube/resource-type.ts';
import { askPods, type PodToAsk } from './ask-pods.ts';
import type { ExporterReading, FleetReading, PodReading, PodState } from './fleet-reading.ts';
import { exporterRefusal, podListGap } from './kube-refusal.ts';
import type { FleetClient } from './open-cluster.ts';
import { type ShownResource, shownResource } from './shown-resource.ts';

/** Which exporters to read. */
export interface FleetSelection {
  /** Undefined: all namespaces. */
  readonly namespace?: string | undefined;
  /** One exporter of the namespace; undefined: all. */
  readonly name?: string | undefined;
}

const podFields = z.object({
  status: z
    .object({
      phase: z.string().optional(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).catch([]),
    })
    .optional(),
});

/**
 * Reads exporters, and asks their pods through the API server, with the rights of the user. What the user may not read about
 * pods is a gap of the reading. Pods are found by their labels, as `kubectl logs --selector` finds them.
 *
 * @param before an earlier reading: pods that have not answered then are asked last, so that they cannot take the time of others.
 * @throws Error that says what to do, when the exporters themselves cannot be read.
 */
export async function readFleet(
  deps: { readonly client: FleetClient; readonly clock: Clock },
  selection: FleetSelection,
  before?: FleetReading,
): Promise<FleetReading> {
  const atMs = deps.clock.now();
  const resources = await readResources(deps.client, selection);
  const found = resources.length === 0 ? [] : await listPods(deps.client, selection);
  if (typeof found === 'string') {
    const exporters = resources.map((resource) => ({ ...resource, pods: undefined }));
    return { atMs, exporters, gaps: [found] };
  }
  const silent = silentIn(before);
  // A silent pod may keep its place for seconds.
  const inTurn = found.toSorted(
    (a, b) => Number(silent.has(a.pod.uid)) - Number(silent.has(b.pod.uid)),
  );
  const { readings, gaps } = await askPods(
    deps,
    inTurn.map(({ pod }) => pod),
  );
  const byExporter = new Map<string, PodReading[]>();
  for (const [index, { exporter }] of inTurn.entries()) {
    const answer = readings[index];
    if (answer === undefined) continue;
    const stayed = answer.report === undefined && silent.has(answer.uid);
    const reading = { ...answer, isSilent: answer.isSilent || stayed };
    const others = byExporter.get(exporter);
    if (others === undefined) byExporter.set(exporter, [reading]);
    else others.push(reading);
  }
  const exporters = resources.map((resource): ExporterReading => {
    const { name, namespace } = resource;
    return { ...resource, pods: byExporter.get(`${namespace}/${instanceName(name)}`) ?? [] };
  });
  return { atMs, exporters, gaps };
}

async function readResources(
  client: FleetClient,
  { name, namespace }: FleetSelection,
): Promise<readonly ShownResource[]> {
  const type = RESOURCE_TYPES.kafkaExporter;
  try {
    if (namespace !== undefined && name !== undefined) {
      const found = await client.get(type, namespace, name);
      if (found !== undefined) return [shownResource(found)];
      throw new Error(
        `there is no KafkaExporter ${name} in namespace ${namespace}: the command status --all-namespaces lists all`,
      );
    }
    const { items } = await client.list({ type, namespace }, slim);
    return items.map(shownResource).toSorted(byName);
  } catch (error) {
    throw error instanceof KubeError ? exporterRefusal(error, namespace) : error;
  }
}

/** Of the source, only which one it is. */
const shownSpec = z.object({
  dataSources: z.unknown(),
  source: z
    .object({ http: z.object({}).optional() })
    .optional()
    .catch(undefined),
});

/** The parts of a resource that are shown: managed fields and most of the spec are the bulk of it. */
function slim({ apiVersion, kind, metadata, spec, status }: KubeObject): KubeObject {
  const { creationTimestamp, name, namespace, resourceVersion, uid } = metadata;
  const kept = { name, namespace, uid, resourceVersion, creationTimestamp };
  const shown = shownSpec.safeParse(spec).data;
  return { apiVersion, kind, metadata: kept, spec: shown, status };
}

function byName(a: ShownResource, b: ShownResource): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function silentIn(reading: FleetReading | undefined): ReadonlySet<string> {
  const pods = reading?.exporters.flatMap((exporter) => exporter.pods ?? []) ?? [];
  return new Set(pods.flatMap(({ isSilent, uid }) => (isSilent ? [uid] : [])));
}

interface FoundPod {
  /** Namespace and label of its exporter. */
  readonly exporter: string;
  readonly pod: PodToAsk;
}

/** The pods of exporters, or a sentence that says why they cannot be listed. */
async function listPods(
  client: FleetClient,
  { name, namespace }: FleetSelection,
): Promise<readonly FoundPod[] | string> {
  const labelSelector = name === undefined ? OWNED_SELECTOR : podSelector(name);
  try {
    const { items } = await client.list(
      { type: RESOURCE_TYPES.pod, namespace, labelSelector },
      ({ apiVersion, kind, metadata, status }) => {
        const { deletionTimestamp, labels, name: pod, uid } = metadata;
        const place = { name: pod, namespace: metadata.namespace, uid, resourceVersion: '' };
        return { apiVersion, kind, metadata: { ...place, labels, deletionTimestamp }, status };
      },
    );
    return items.map(foundPod);
  } catch (error) {
    if (error instanceof KubeError) return podListGap(error, namespace);
    throw error;
  }
}

function foundPod(object: KubeObject): FoundPod {
  const { deletionTimestamp, labels, name, namespace = '', uid } = object.metadata;
  return {
    exporter: `${namespace}/${labels?.[EXPORTER_LABEL] ?? ''}`,
    pod: {
      namespace,
      name,
      uid,
      state: deletionTimestamp === undefined ? stateOf(object) : 'Ending',
    },
  };
}

function stateOf(object: KubeObject): PodState {
  const { conditions = [], phase } = podFields.safeParse(object).data?.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') return 'Ended';
  if (phase !== 'Running') return 'Starting';
  const isReady = conditions.some(({ status, type }) => type === 'Ready' && status === 'True');
  return isReady ? 'Ready' : 'NotReady';
}
