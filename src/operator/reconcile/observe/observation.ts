import type { StatusReport } from '../../../exporter/contract/status-report.ts';
import type { KafkaExporter } from '../../api/kafka-exporter.ts';
import type { SecretContent } from '../../credentials/resolve-credentials.ts';
import type { KubeObject } from '../../kube/kube-object.ts';

/** Everything that one reconciliation knows, read once and never changed. */
export interface Observation {
  readonly resource: KafkaExporter;
  /** Objects that the resource controls; ConfigMaps by their metadata alone, the Secret not among them. */
  readonly owned: readonly KubeObject[];
  /** The Secret that the pods mount. */
  readonly managedSecret: (KubeObject & SecretContent) | undefined;
  /** The Secrets that the resource refers to, by name; a missing one is missing here. */
  readonly secrets: ReadonlyMap<string, SecretContent>;
  readonly pods: readonly ObservedPod[];
  /** `status.credentials.desiredRevision` as last written. */
  readonly statusRevision: number;
}

/** A pod of the resource that is not on its way out. */
export interface ObservedPod {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Empty until the pod has one. */
  readonly ip: string;
  readonly running: boolean;
  /** Value of the annotation that makes the kubelet refresh the mounted Secret. */
  readonly credentialsAnnotation: string | undefined;
  /** Why the container does not start (`ImagePullBackOff`), or why the pod has no node. */
  readonly waiting: string | undefined;
  /** What the pod last said of itself; undefined: it does not answer. */
  readonly report: StatusReport | undefined;
}

/** The owned object of a kind and name. */
export function findOwned(
  observation: Observation,
  manifest: { readonly kind: string; readonly metadata: { readonly name: string } },
): KubeObject | undefined {
  if (manifest.kind === 'Secret') return observation.managedSecret;
  return observation.owned.find(
    ({ kind, metadata }) => kind === manifest.kind && metadata.name === manifest.metadata.name,
  );
}
