import { expect, it } from 'vitest';
import { ownedLabels } from '../../../../src/operator/desired/labels.ts';
import { type KubeObject, kubeObject } from '../../../../src/operator/kube/kube-object.ts';
import { RESOURCE_TYPES } from '../../../../src/operator/kube/resource-type.ts';
import { observedPod } from '../../../../src/operator/reconcile/observe/pod-parts.ts';
import type { SharedTopic } from '../../../../src/operator/reconcile/observe/specs-in-force.ts';
import {
  createWatchedObjects,
  type WatchedObjects,
} from '../../../../src/operator/reconcile/observe/watched-objects.ts';
import { SASL, sampleResource } from '../../sample-resource.ts';

type Type = Exclude<keyof typeof RESOURCE_TYPES, 'event'>;

/** An object with the labels of the resource `l7`. Its controller has the uid `owner`. */
function object(type: Type, uid: string, owner?: string): KubeObject {
  const { apiVersion, kind } = RESOURCE_TYPES[type];
  const ownerReferences =
    owner === undefined ? [] : [{ apiVersion, kind, name: owner, uid: owner, controller: true }];
  return kubeObject.parse({
    apiVersion,
    kind,
    metadata: { name: uid, namespace: 'n', uid, labels: ownedLabels('l7'), ownerReferences },
  });
}

function receive(watched: WatchedObjects, type: Type, objects: readonly KubeObject[]): void {
  for (const { selection, store } of watched.targets) {
    if (selection.type === RESOURCE_TYPES[type]) store.replace(objects, undefined);
  }
}

/** Watches one resource `l7` with uid `r`, which refers to the Secret `kafka` and the ConfigMap `bundle`. */
function open(): { readonly watched: WatchedObjects; readonly queued: string[] } {
  const queued: string[] = [];
  const watched = createWatchedObjects([], (key) => queued.push(key));
  const resource = object('kafkaExporter', 'r');
  const { metadata, spec } = sampleResource({
    sasl: SASL,
    tls: { caConfigMapRef: { name: 'bundle' } },
  });
  receive(watched, 'kafkaExporter', [
    {
      ...resource,
      metadata: { ...resource.metadata, name: 'l7', generation: metadata.generation },
      spec,
    },
  ]);
  queued.length = 0;
  return { watched, queued };
}

it('the pods of a resource are those of the ReplicaSets of its Deployment, whatever their labels', () => {
  const { watched, queued } = open();
  receive(watched, 'deployment', [object('deployment', 'd', 'r'), object('deployment', 'e', 's')]);
  receive(watched, 'pod', [
    object('pod', 'ours', 'x'),
    object('pod', 'of-another-deployment', 'y'),
    object('pod', 'of-a-forged-replica-set', 'z'),
    object('pod', 'without-a-controller'),
  ]);
  queued.length = 0;
  receive(watched, 'replicaSet', [
    object('replicaSet', 'x', 'd'),
    object('replicaSet', 'y', 'e'),
    object('replicaSet', 'z'),
  ]);
  expect(watched.podsOf('r').map(({ metadata }) => metadata.name)).toEqual(['ours']);
  expect(queued).toContain('n/l7');
});

it('a changed Secret concerns the resources that refer to it, and the one whose pods mount it; no Secret is listed or stored', () => {
  const { watched, queued } = open();
  const targets = watched.targets.filter(({ selection }) => selection.type.kind === 'Secret');
  expect(targets.map(({ changesOnly }) => changesOnly)).toEqual([true]);
  const named = (name: string, owner?: string): KubeObject => {
    const secret = object('secret', name, owner);
    return { ...secret, metadata: { ...secret.metadata, annotations: { large: 'x' } } };
  };
  for (const { store } of targets) {
    store.put(named('foreign'));
    expect(queued).toEqual([]);
    store.put(named('kafka'));
    expect(queued.splice(0)).toEqual(['n/l7']);
    store.remove(named('kafka'));
    expect(queued.splice(0)).toEqual(['n/l7']);
    // Without its owner and its labels, the Secret of the pods is known by its name.
    store.put(named('l7-exporter'));
    expect(queued.splice(0)).toEqual(['n/l7']);
    store.replace([], undefined);
    expect(queued).toEqual(['n/l7']);
  }
});

it('a changed ConfigMap concerns the resources that refer to it; only our own are listed and stored', () => {
  const { watched, queued } = open();
  const targets = watched.targets.filter(({ selection }) => selection.type.kind === 'ConfigMap');
  expect(
    targets.map(({ changesOnly = false, selection: { labelSelector, metadataOnly } }) => ({
      changesOnly,
      isOurs: labelSelector !== undefined,
      metadataOnly,
    })),
  ).toEqual([
    { changesOnly: true, isOurs: false, metadataOnly: true },
    { changesOnly: false, isOurs: true, metadataOnly: true },
  ]);
  for (const { store } of targets.filter(({ changesOnly }) => changesOnly)) {
    store.put(object('configMap', 'kafka'));
    expect(queued).toEqual([]);
    store.put(object('configMap', 'bundle'));
    expect(queued.splice(0)).toEqual(['n/l7']);
    store.replace([], undefined);
    expect(queued).toEqual(['n/l7']);
  }
});

/** A resource as the API server has it. Each version of it has another generation. */
function storedResource(
  name: string,
  spec: Readonly<Record<string, unknown>>,
  version = 1,
): KubeObject {
  const resource = sampleResource(spec, name);
  const { apiVersion, kind } = RESOURCE_TYPES.kafkaExporter;
  const identity = { uid: name, generation: version, resourceVersion: String(version) };
  const metadata = { ...resource.metadata, ...identity };
  return kubeObject.parse({ apiVersion, kind, ...resource, metadata });
}

it('a changed Secret concerns a resource whose last valid spec refers to it, until the spec is valid again', () => {
  const { watched, queued } = open();
  const change = (name: string): void => {
    for (const { selection, store } of watched.targets) {
      if (selection.type.kind === 'Secret') store.put(object('secret', name));
    }
  };
  const lastValid = sampleResource({
    sasl: { ...SASL, credentialsSecretRef: { name: 'former' } },
  });
  const former = { ...lastValid, metadata: { ...lastValid.metadata, namespace: 'n' } };
  watched.specs.set('n/l7', former);
  change('former');
  expect(queued.splice(0)).toEqual(['n/l7']);
  watched.specs.set('n/l7', undefined);
  change('former');
  expect(queued).toEqual([]);
});

it('a topic that a resource begins or ceases to write concerns the resources whose condition names it', () => {
  const queued: string[] = [];
  const { resources, specs } = createWatchedObjects([], (key) => queued.push(key));
  const heard = (change: () => void): string[] => {
    queued.length = 0;
    change();
    return [...new Set(queued)].toSorted();
  };
  const inForce = (name: string, topic?: string): string[] =>
    heard(() => {
      specs.set(`observability/${name}`, topic === undefined ? undefined : written(name, topic));
    }).map((key) => key.replace('observability/', ''));
  const written = (name: string, topic: string) => sampleResource({ topic }, name);

  // Until a resource is reconciled, its current spec counts.
  resources.put(storedResource('a', { topic: 'x' }));
  expect(inForce('b', 'y')).toEqual([]);
  expect(inForce('b', 'x')).toEqual(['a']);
  expect(inForce('a', 'x')).toEqual([]);
  // One that was never reconciled, and one whose last valid spec writes something else.
  for (const [version, last] of [
    [1, undefined],
    [3, 'z'],
  ] as const) {
    expect(
      heard(() => {
        resources.put(storedResource('new', { topic: 'x' }, version));
      }),
    ).toEqual(['observability/a', 'observability/b', 'observability/new']);
    expect(inForce('new', last)).toEqual(['a', 'b']);
    resources.remove(storedResource('new', { topic: 'x' }, version + 1));
    specs.forget('observability/new');
  }
  expect(inForce('b', 'y')).toEqual(['a']);
  expect(inForce('b', 'x')).toEqual(['a']);
  // An edit changes nothing before it is in force.
  expect(
    heard(() => {
      resources.put(storedResource('a', { topic: 'y' }, 2));
    }),
  ).toEqual(['observability/a']);
  expect(specs.sharedBy('observability/b')).toEqual([
    { topic: 'x', resources: ['observability/a'] },
  ]);
  expect(inForce('b')).toEqual(['a']);
  expect(inForce('b', 'x')).toEqual(['a']);
  expect(
    heard(() => {
      specs.forget('observability/b');
    }),
  ).toEqual(['observability/a']);
  for (const name of ['b', 'c', 'd', 'e', 'f']) inForce(name, 'x');
  expect(inForce('g', 'x')).toEqual([]);
});

it('a topic is shared by the resources that write it with the same broker', () => {
  const { watched } = open();
  const other = (name: string, spec: Readonly<Record<string, unknown>>): void => {
    watched.resources.put(storedResource(name, spec));
  };
  const endpoints = ['broker:9092', 'broker-2:9092'];
  other('same-topic', { endpoints });
  other('template', { endpoints, topic: '{database}.x', dataSources: ['flow_log.l4_flow_log'] });
  other('other-topic', { topic: 'x' });
  other('other-kafka', { endpoints: ['elsewhere:9092'] });
  const shared = (
    spec: Readonly<Record<string, unknown>>,
    name: string,
  ): readonly SharedTopic[] => {
    watched.specs.set(`observability/${name}`, sampleResource(spec, name));
    return watched.specs.sharedBy(`observability/${name}`);
  };
  expect(shared({}, 'own')).toEqual([
    {
      topic: 'deepflow.flow_log.l7_flow_log',
      resources: ['n/l7', 'observability/same-topic'],
    },
  ]);
  expect(shared({ topic: 'flow_log.x', endpoints }, 'own')).toEqual([
    { topic: 'flow_log.x', resources: ['observability/template'] },
  ]);
  expect(shared({ topic: 'x' }, 'other-topic')).toEqual([]);
});

it('a cluster without PodMonitors holds nothing up, and every resource hears when it gets them', () => {
  const { watched, queued } = open();
  for (const target of watched.targets) {
    target.store.replace([], undefined);
    target.onServed?.(false);
  }
  expect(watched.isSynced()).toBe(true);
  expect(watched.servesPodMonitors()).toBe(false);
  receive(watched, 'kafkaExporter', [{ ...object('kafkaExporter', 'r'), spec: {} }]);
  queued.length = 0;
  const serve = (isServed: boolean): void => {
    for (const { onServed } of watched.targets) onServed?.(isServed);
  };
  serve(true);
  serve(true);
  expect(watched.servesPodMonitors()).toBe(true);
  expect(queued).toEqual(['n/r']);
  receive(watched, 'podMonitor', [object('podMonitor', 'm', 'r')]);
  expect(watched.ownedBy('r').map(({ kind }) => kind)).toEqual(['PodMonitor']);
  serve(false);
  expect(watched.servesPodMonitors()).toBe(false);
});

it('of a pod, only the used fields are stored', () => {
  const { watched } = open();
  receive(watched, 'deployment', [object('deployment', 'd', 'r')]);
  receive(watched, 'replicaSet', [object('replicaSet', 'x', 'd')]);
  const pod = object('pod', 'p', 'x');
  receive(watched, 'pod', [
    {
      ...pod,
      metadata: {
        ...pod.metadata,
        annotations: { 'export.deepflow.io/credentials-revision': '3', foreign: 'UNUSED' },
        managedFields: [{ manager: 'UNUSED' }],
      },
      spec: {
        containers: [{ name: 'exporter', env: [{ name: 'A', value: 'UNUSED' }] }],
        volumes: [{ name: 'config', configMap: { name: 'l7-exporter-abc' } }, { name: 'UNUSED' }],
      },
      status: {
        phase: 'Pending',
        podIP: '10.0.0.1',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'UNUSED' },
          { type: 'UNUSED', status: 'True' },
          { type: 'Ready', status: 'True' },
        ],
        containerStatuses: [
          { name: 'UNUSED', state: { running: {} } },
          { name: 'UNUSED', state: { waiting: { reason: 'PodInitializing' } } },
          { name: 'sidecar', state: { waiting: { reason: 'CrashLoopBackOff' } }, image: 'UNUSED' },
          { name: 'exporter', state: { waiting: { reason: 'ImagePullBackOff' } }, image: 'UNUSED' },
        ],
      },
    },
  ]);
  const [stored] = watched.podsOf('r');
  expect(stored && observedPod(stored)).toEqual({
    name: 'p',
    namespace: 'n',
    uid: 'p',
    ip: '10.0.0.1',
    running: false,
    ready: true,
    configHash: 'abc',
    credentialsAnnotation: '3',
    waiting: 'ImagePullBackOff',
    otherWaiting: { container: 'sidecar', reason: 'CrashLoopBackOff' },
  });
  expect(JSON.stringify(stored)).not.toContain('UNUSED');
});
