import type { KubeManifest, KubeObject } from './kube-object.ts';
import type { ResourceType } from './resource-type.ts';

/** Field manager of all objects that the operator applies. */
export const FIELD_MANAGER = 'deepflow-kafka-exporter';

/** Which objects to list or watch. */
export interface Selection {
  readonly type: ResourceType;
  /** Undefined: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** True: the API server sends only the metadata of the objects (PartialObjectMetadata). */
  readonly metadataOnly?: boolean;
}

/** A complete list, consistent at one resource version. */
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

/** HTTP endpoint of a pod, reached through the API server. */
interface PodEndpoint {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  readonly path: string;
}

/**
 * The operator's only access to the Kubernetes API. Objects are raw JSON, so unknown fields are kept. Every call has a
 * time-out. Every failure is thrown as `KubeError`, but an object that does not exist is returned as undefined.
 */
export interface KubeClient {
  /**
   * Lists in pages, and keeps of each object only what `keep` returns, so that no page is in memory after it was read. Fails
   * with `expired` if a page expires.
   */
  list(selection: Selection, keep: (object: KubeObject) => KubeObject): Promise<KubeList>;
  /** The resource version at which the API server is now. */
  latestVersion(selection: Selection): Promise<string>;
  /** Changes since a resource version. Ends when the API server ends the watch, or with a KubeError. */
  watch(selection: Selection, options: WatchOptions): AsyncIterable<WatchEvent>;
  get(type: ResourceType, namespace: string, name: string): Promise<KubeObject | undefined>;
  /** Creates the object. Fails with `conflict` if it exists. */
  create(manifest: KubeManifest): Promise<void>;
  /** Replaces the object. Fails with `conflict` if it has another resource version than the manifest. */
  replace(manifest: KubeManifest): Promise<void>;
  /** Server-side apply, forced, with strict field validation. By default, the operator's own field manager applies. */
  apply(manifest: KubeManifest, fieldManager?: string): Promise<KubeObject>;
  /**
   * Removes fields of an object by JSON patch (RFC 6902), in the order of the pointers. Fails with `conflict` if the object has
   * changed meanwhile.
   */
  removeFields(object: KubeObject, pointers: readonly string[]): Promise<KubeObject>;
  /** Server-side apply of the status subresource. */
  applyStatus(manifest: KubeManifest): Promise<KubeObject>;
  /** Deletes the object with this uid. Succeeds if the object is gone or another object has its name now. */
  delete(object: KubeObject): Promise<void>;
  /** Creates an Event (events.k8s.io/v1). Returns its name. */
  createEvent(namespace: string, event: Readonly<Record<string, unknown>>): Promise<string>;
  /** JSON merge patch of an Event. Fails with `missing` if it is gone. */
  patchEvent(
    namespace: string,
    name: string,
    patch: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /**
   * GET of a pod's HTTP endpoint through the API server. Redirects are not followed, and the answer is not decompressed.
   *
   * @returns the body of the answer. @throws when it has more than `bytesMax` bytes.
   */
  getThroughProxy(pod: PodEndpoint, bytesMax: number): Promise<string>;
  /** Closes every connection. */
  close(): Promise<void>;
}
