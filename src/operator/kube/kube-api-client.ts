import { z } from 'zod';
import { unreachable } from '../../lib/assert.ts';
import { readText } from '../../lib/read-text.ts';
import {
  FIELD_MANAGER,
  type KubeClient,
  type KubeList,
  type Selection,
  type WatchEvent,
  type WatchOptions,
} from './kube-client.ts';
import { KubeError } from './kube-error.ts';
import { type KubeManifest, kubeObject, type KubeObject } from './kube-object.ts';
import type { KubeCall, KubeTransport } from './kube-transport.ts';
import {
  collectionPath,
  RESOURCE_TYPES,
  resourceTypeOf,
  type ResourceType,
} from './resource-type.ts';

/** Small, because the metadata of one object can have 300 KiB. */
const PAGE_SIZE = '100';
const CALL_TIMEOUT_MS = 30_000;
const PROXY_TIMEOUT_MS = 5_000;
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

const listPage = z.looseObject({
  metadata: z.looseObject({
    resourceVersion: z.string().default(''),
    continue: z.string().optional(),
  }),
  items: z.array(z.record(z.string(), z.unknown())).nullable(),
});

const watchLine = z.looseObject({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.record(z.string(), z.unknown()),
});

const bookmark = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

const watchError = z.looseObject({
  code: z.int().optional(),
  reason: z.string().default(''),
  message: z.string().default(''),
});

/** The Kubernetes API over HTTP. */
export function createKubeApiClient(transport: KubeTransport): KubeClient {
  async function json(call: KubeCall, timeoutMs = CALL_TIMEOUT_MS): Promise<unknown> {
    const body = await transport.send({ ...call, signal: AbortSignal.timeout(timeoutMs) });
    try {
      return await body.json();
    } catch (error) {
      const message = 'the answer of the API server ended early';
      const detail = { status: undefined, reason: '', message };
      throw new KubeError(`${call.method} ${call.path}`, detail, error);
    }
  }

  async function create(type: ResourceType, namespace: string, body: unknown): Promise<unknown> {
    const path = collectionPath(type, namespace);
    return json({ method: 'POST', path, query: { fieldManager: FIELD_MANAGER }, body });
  }

  function applyTo(
    manifest: KubeManifest,
    { fieldManager = FIELD_MANAGER, subresource = '' } = {},
  ): Promise<KubeObject> {
    const { name, namespace } = manifest.metadata;
    const path = `${collectionPath(resourceTypeOf(manifest), namespace)}/${name}${subresource}`;
    return json({
      method: 'PATCH',
      path,
      query: { fieldManager, force: 'true', fieldValidation: 'Strict' },
      contentType: 'application/apply-patch+yaml',
      body: manifest,
    }).then((answer) => kubeObject.parse(answer));
  }

  return {
    list: (selection, keep) => listAll(selection, keep, json),
    latestVersion: async (selection) =>
      (await listPageOf(selection, { limit: '1' }, json)).metadata.resourceVersion,
    watch: (selection, options) => watchOnce(transport, selection, options),
    get: async (type, namespace, name) => {
      try {
        const path = `${collectionPath(type, namespace)}/${encodeURIComponent(name)}`;
        return kubeObject.parse(await json({ method: 'GET', path }));
      } catch (error) {
        if (error instanceof KubeError && error.failure === 'missing') return undefined;
        throw error;
      }
    },
    create: async (manifest) => {
      await create(resourceTypeOf(manifest), manifest.metadata.namespace, manifest);
    },
    replace: async (manifest) => {
      const { name, namespace } = manifest.metadata;
      const path = `${collectionPath(resourceTypeOf(manifest), namespace)}/${name}`;
      await json({ method: 'PUT', path, query: { fieldManager: FIELD_MANAGER }, body: manifest });
    },
    apply: (manifest, fieldManager) => applyTo(manifest, { fieldManager }),
    removeFields: (object, pointers) => removeFields(object, pointers, json),
    applyStatus: (manifest) => applyTo(manifest, { subresource: '/status' }),
    delete: (object) => deleteObject(object, json),
    createEvent: async (namespace, event) =>
      kubeObject.parse(await create(RESOURCE_TYPES.event, namespace, event)).metadata.name,
    patchEvent: (namespace, name, patch) => patchEvent(json, { namespace, name, patch }),
    getThroughProxy: async ({ namespace, name, port, path }, bytesMax) => {
      const pod = `${collectionPath(RESOURCE_TYPES.pod, namespace)}/${name}:${port}`;
      const signal = AbortSignal.timeout(PROXY_TIMEOUT_MS);
      const body = await transport.send({ method: 'GET', path: `${pod}/proxy${path}`, signal });
      return readText(body, bytesMax);
    },
    close: () => transport.close(),
  };
}

async function removeFields(
  object: KubeObject,
  pointers: readonly string[],
  json: (call: KubeCall) => Promise<unknown>,
): Promise<KubeObject> {
  const { name, namespace, resourceVersion } = object.metadata;
  const answer = await json({
    method: 'PATCH',
    path: `${collectionPath(resourceTypeOf(object), namespace)}/${name}`,
    query: { fieldManager: FIELD_MANAGER },
    contentType: 'application/json-patch+json',
    body: [
      // With another resource version in the patch, the API server answers with a conflict.
      { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
      ...pointers.map((path) => ({ op: 'remove', path })),
    ],
  });
  return kubeObject.parse(answer);
}

async function patchEvent(
  json: (call: KubeCall) => Promise<unknown>,
  {
    namespace,
    name,
    patch,
  }: { readonly namespace: string; readonly name: string; readonly patch: unknown },
): Promise<void> {
  await json({
    method: 'PATCH',
    path: `${collectionPath(RESOURCE_TYPES.event, namespace)}/${encodeURIComponent(name)}`,
    query: { fieldManager: FIELD_MANAGER },
    contentType: 'application/merge-patch+json',
    body: patch,
  });
}

async function deleteObject(
  object: KubeObject,
  json: (call: KubeCall) => Promise<unknown>,
): Promise<void> {
  const { name, namespace, uid } = object.metadata;
  try {
    await json({
      method: 'DELETE',
      path: `${collectionPath(resourceTypeOf(object), namespace)}/${name}`,
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
    });
  } catch (error) {
    // The object is gone, or it was deleted and created again: in both cases this object does not exist.
    if (error instanceof KubeError && ['missing', 'conflict'].includes(error.failure)) return;
    throw error;
  }
}

async function listAll(
  selection: Selection,
  keep: (object: KubeObject) => KubeObject,
  json: (call: KubeCall) => Promise<unknown>,
): Promise<KubeList> {
  const items: KubeObject[] = [];
  let token: string | undefined;
  let resourceVersion = '';
  do {
    const page = await listPageOf(selection, { limit: PAGE_SIZE, continue: token }, json);
    for (const item of page.items ?? []) items.push(keep(objectOf(item, selection.type)));
    resourceVersion = page.metadata.resourceVersion;
    token = page.metadata.continue === '' ? undefined : page.metadata.continue;
  } while (token !== undefined);
  return { items, resourceVersion };
}

async function listPageOf(
  selection: Selection,
  query: { readonly limit: string; readonly continue?: string | undefined },
  json: (call: KubeCall) => Promise<unknown>,
): Promise<z.infer<typeof listPage>> {
  return listPage.parse(
    await json({
      method: 'GET',
      path: collectionPath(selection.type, selection.namespace),
      query: { ...query, labelSelector: selection.labelSelector },
      accept: selection.metadataOnly === true ? METADATA_LIST : 'application/json',
    }),
  );
}

async function* watchOnce(
  transport: KubeTransport,
  selection: Selection,
  options: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const path = collectionPath(selection.type, selection.namespace);
  const body = await transport.send({
    method: 'GET',
    path,
    query: {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
      timeoutSeconds: String(options.timeoutSeconds),
      labelSelector: selection.labelSelector,
    },
    accept: selection.metadataOnly === true ? METADATA : 'application/json',
    streaming: true,
    signal: options.signal,
  });
  try {
    for await (const line of linesOf(body)) yield eventOf(line, selection.type, path);
  } catch (error) {
    if (error instanceof KubeError) throw error;
    const detail = { status: undefined, reason: '', message: 'the watch was interrupted' };
    throw new KubeError(`WATCH ${path}`, detail, error);
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

function eventOf(line: string, type: ResourceType, path: string): WatchEvent {
  const event = watchLine.parse(JSON.parse(line));
  switch (event.type) {
    case 'BOOKMARK':
      return {
        type: 'BOOKMARK',
        resourceVersion: bookmark.parse(event.object).metadata.resourceVersion,
      };
    case 'ERROR': {
      const { code, reason, message } = watchError.parse(event.object);
      throw new KubeError(`WATCH ${path}`, { status: code, reason, message });
    }
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object: objectOf(event.object, type) };
    default:
      return unreachable(event.type);
  }
}

/** List items have no kind, and objects with only metadata have the kind PartialObjectMetadata. */
function objectOf(raw: Readonly<Record<string, unknown>>, type: ResourceType): KubeObject {
  return kubeObject.parse({ ...raw, apiVersion: type.apiVersion, kind: type.kind });
}
