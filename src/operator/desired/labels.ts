import { instanceName } from './names.ts';

/** The label that ties an object to its resource. */
export const EXPORTER_LABEL = 'export.deepflow.io/exporter';

/** Annotation of the pods; the kubelet refreshes a mounted Secret when a pod's annotation changes. */
export const CREDENTIALS_REVISION_ANNOTATION = 'export.deepflow.io/credentials-revision';

const MANAGED_BY = 'deepflow-kafka-exporter-operator';

/** Selects everything that the operator made. */
export const OWNED_SELECTOR = `app.kubernetes.io/managed-by=${MANAGED_BY}`;

/** Labels by which a Deployment and a Service find the pods of a resource. They never change. */
export function selectorLabels(resourceName: string): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/component': 'exporter',
    'app.kubernetes.io/name': 'deepflow-kafka-exporter',
    [EXPORTER_LABEL]: instanceName(resourceName),
  };
}

/**
 * Labels of everything that belongs to a resource, as Kubernetes recommends them; without
 * `app.kubernetes.io/instance`, by which Argo CD tracks what it has applied itself.
 */
export function ownedLabels(resourceName: string): Readonly<Record<string, string>> {
  return {
    ...selectorLabels(resourceName),
    'app.kubernetes.io/managed-by': MANAGED_BY,
    'app.kubernetes.io/part-of': 'deepflow',
  };
}

/** The same labels as a label selector, for status and for watches. */
function selectorOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(',');
}

/** Selector by which `kubectl logs` finds a resource's pods. */
export function podSelector(resourceName: string): string {
  return selectorOf(selectorLabels(resourceName));
}

/** Whether an object carries the labels of a resource's objects. */
export function hasOwnedLabels(
  labels: Readonly<Record<string, string>> | undefined,
  resourceName: string,
): boolean {
  return Object.entries(ownedLabels(resourceName)).every(([key, value]) => labels?.[key] === value);
}
