import type { KubeManifest, KubeObject } from './kube-object.ts';
import type { ResourceType } from './resource-type.ts';

/** Field manager of everything that the operator applies. */
export const FIELD_MANAGER = 'deepflow-kafka-exporter';

/** Which objects to list or watch. */
export interface Selection {
  readonly type: ResourceType;
  /** Undefined: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** True: only the objects' metadata is sent (PartialObjectMetadata). */
  readonly metadataOnly?: boolean;
}

/** A whole list, consistent at one resource version. */
export interface KubeList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
}

/** One change that a watch reports. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** How a watch runs. */
export interface WatchOptions {
  readonly resourceVersion: string;
  /** The API server ends the watch after this many seconds. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** One pod's HTTP endpoint behind the API server. */
interface PodEndpoint {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  readonly path: string;
}

/**
 * The operator's only door to the Kubernetes API. Objects are raw JSON, so fields that nobody here knows
 * are kept. Every call has a time-out; every failure is thrown as `KubeError`, and an object that is not
 * there is a value.
 */
export interface KubeClient {
  /** Lists in pages of 500; pages that expire fail with `expired`. */
  list(selection: Selection): Promise<KubeList>;
  /** Changes since a resource version; ends when the API server ends the watch, or with a KubeError. */
  watch(selection: Selection, options: WatchOptions): AsyncIterable<WatchEvent>;
  get(type: ResourceType, namespace: string, name: string): Promise<KubeObject | undefined>;
  /** Server-side apply, forced, with strict field validation. */
  apply(manifest: KubeManifest): Promise<KubeObject>;
  /** Server-side apply of the status subresource. */
  applyStatus(manifest: KubeManifest): Promise<KubeObject>;
  /** Deletes this very object (by uid). Gone already, or another one by now, is fine. */
  delete(object: KubeObject): Promise<void>;
  /** Creates an Event (events.k8s.io/v1). */
  createEvent(namespace: string, event: Readonly<Record<string, unknown>>): Promise<void>;
  /** GET of a pod's HTTP endpoint through the API server; the answer's body. */
  getThroughProxy(pod: PodEndpoint): Promise<string>;
  /** Closes every connection. */
  close(): Promise<void>;
}
