import { instanceName } from './names.ts';

/** The label that names the resource of an object. */
export const EXPORTER_LABEL = 'export.deepflow.io/exporter';

/** Annotation of the pods. The kubelet refreshes a mounted Secret when an annotation of the pod changes. */
export const CREDENTIALS_REVISION_ANNOTATION = 'export.deepflow.io/credentials-revision';

const MANAGED_BY = 'deepflow-kafka-exporter-operator';

/** Selects all objects that the operator created. */
export const OWNED_SELECTOR = `app.kubernetes.io/managed-by=${MANAGED_BY}`;

/** Labels with which a Deployment and a Service select the pods of a resource. They never change. */
export function selectorLabels(resourceName: string): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/component': 'exporter',
    'app.kubernetes.io/name': 'deepflow-kafka-exporter',
    [EXPORTER_LABEL]: instanceName(resourceName),
  };
}

/**
 * Labels of all objects of a resource, as Kubernetes recommends them. `app.kubernetes.io/instance` is not among them, because
 * Argo CD uses it to track the objects that it has applied itself.
 */
export function ownedLabels(resourceName: string): Readonly<Record<string, string>> {
  return {
    ...selectorLabels(resourceName),
    'app.kubernetes.io/managed-by': MANAGED_BY,
    'app.kubernetes.io/part-of': 'deepflow',
  };
}

/** The same labels as a label selector. */
function selectorOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(',');
}

/** Label selector of a resource's pods, for example for `kubectl logs`. */
export function podSelector(resourceName: string): string {
  return selectorOf(selectorLabels(resourceName));
}

/** Whether an object has the labels of a resource's objects. */
export function hasOwnedLabels(
  labels: Readonly<Record<string, string>> | undefined,
  resourceName: string,
): boolean {
  return Object.entries(ownedLabels(resourceName)).every(([key, value]) => labels?.[key] === value);
}
