import type { StatusReport } from '../../../exporter/contract/status-report.ts';
import type { KafkaExporter } from '../../api/kafka-exporter.ts';
import type { ReferencedObjects, SecretContent } from '../../credentials/resolve-credentials.ts';
import type { KubeObject } from '../../kube/kube-object.ts';

/** All inputs of one reconciliation. They are read once and never changed. */
export interface Observation extends ReferencedObjects {
  readonly resource: KafkaExporter;
  /** Objects that the resource controls, without the Secret. ConfigMaps have only their metadata. */
  readonly owned: readonly KubeObject[];
  /** The Secret that the pods mount. */
  readonly managedSecret: (KubeObject & SecretContent) | undefined;
  readonly pods: readonly ObservedPod[];
  /** Why the Deployment's newest ReplicaSet may not create a pod; undefined: it may. */
  readonly podRefusal: string | undefined;
  /** False: the API server refused lately to let the operator patch pods of this namespace. */
  readonly mayPatchPods: boolean;
  /** Whether the API server has the kind PodMonitor. */
  readonly servesPodMonitors: boolean;
  /** `status.credentials.desiredRevision` as it was last written. */
  readonly statusRevision: number;
  /** `status.credentials.appliedRevision` as it was last written. */
  readonly appliedRevision: number | undefined;
}

/** A pod of the resource that is not being deleted. */
export interface ObservedPod {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Empty until the pod has an address. */
  readonly ip: string;
  readonly running: boolean;
  /** The kubelet's readiness probe succeeds. */
  readonly ready: boolean;
  /** The pod is of the Deployment's current pod template. */
  readonly updated: boolean;
  /** Hash of the configuration that the pod mounts; undefined: it mounts none. */
  readonly configHash: string | undefined;
  /** Value of the annotation that makes the kubelet refresh the mounted Secret. */
  readonly credentialsAnnotation: string | undefined;
  /** Reason why the container does not start (`ImagePullBackOff`) or the pod has no node. */
  readonly waiting: string | undefined;
  /** A container that is not the exporter's, such as an injected sidecar, and why it does not start; absent: there is none. */
  readonly otherWaiting?: { readonly container: string; readonly reason: string } | undefined;
  /** The last report of the pod; undefined: the pod does not answer. */
  readonly report: StatusReport | undefined;
}

/** The owned object with the kind and the name of a manifest. */
export function findOwned(
  observation: Observation,
  manifest: { readonly kind: string; readonly metadata: { readonly name: string } },
): KubeObject | undefined {
  if (manifest.kind === 'Secret') return observation.managedSecret;
  return observation.owned.find(
    ({ kind, metadata }) => kind === manifest.kind && metadata.name === manifest.metadata.name,
  );
}
