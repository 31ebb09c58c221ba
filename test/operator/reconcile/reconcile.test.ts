import { expect, it } from 'vitest';
import { kafkaExporterStatus } from '../../../src/operator/api/kafka-exporter.ts';
import { KubeError } from '../../../src/operator/kube/kube-error.ts';
import {
  kubeObject,
  type KubeManifest,
  type KubeObject,
} from '../../../src/operator/kube/kube-object.ts';
import type { KubeClient } from '../../../src/operator/kube/kube-client.ts';
import { createPodReports } from '../../../src/operator/pods/pod-reports.ts';
import { createWatchedObjects } from '../../../src/operator/reconcile/observe/watched-objects.ts';
import { createWriteGuard } from '../../../src/operator/reconcile/apply/write-guard.ts';
import { createPodPatches } from '../../../src/operator/reconcile/pod-patches.ts';
import { reconcile, type ReconcileDeps } from '../../../src/operator/reconcile/reconcile.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import { SASL, sampleResource } from '../sample-resource.ts';

const KEY = 'observability/l7';
const unexpected = (): never => {
  throw new Error('an unexpected call');
};

/** What reconciling one resource needs, and the conditions that it writes. */
function depsWith(answers: Partial<KubeClient>): {
  readonly deps: ReconcileDeps;
  readonly written: string[][];
} {
  const written: string[][] = [];
  const client: KubeClient = {
    list: unexpected,
    latestVersion: unexpected,
    watch: unexpected,
    get: unexpected,
    create: unexpected,
    replace: unexpected,
    apply: unexpected,
    removeFields: unexpected,
    applyStatus: (manifest: KubeManifest) => {
      const { conditions = [] } = kafkaExporterStatus.parse(manifest['status']);
      written.push(
        conditions.map(
          ({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`,
        ),
      );
      return Promise.resolve(kubeObject.parse(manifest));
    },
    delete: unexpected,
    createEvent: unexpected,
    patchEvent: unexpected,
    getThroughProxy: unexpected,
    close: unexpected,
    ...answers,
  };
  const clock = createManualClock();
  const deps = {
    ...{ image: 'i', installation: '', platformSecurityContext: false },
    client,
    watched: createWatchedObjects([], () => undefined),
    reports: createPodReports({ reader: { read: unexpected }, clock, onChange: unexpected }),
    events: { record: () => Promise.resolve() },
    guard: createWriteGuard(() => 0),
    podPatches: createPodPatches(() => 0, unexpected),
    clock,
    logger: silentLogger,
  };
  return { deps, written };
}

function stored(resource: ReturnType<typeof sampleResource>): KubeObject {
  return kubeObject.parse({
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    ...resource,
  });
}

/** Reconciles a resource whose Secrets cannot be read. Returns the conditions that were written, and the error. */
async function reconcileWith(
  failure: Error,
  attempt: number,
): Promise<{ written: string[][]; error: unknown }> {
  const { deps, written } = depsWith({ get: () => Promise.reject(failure) });
  deps.watched.resources.put(stored(sampleResource({ sasl: SASL })));
  const error: unknown = await reconcile(deps, KEY, attempt).catch((caught: unknown) => caught);
  return { written, error };
}

const FORBIDDEN = new KubeError('GET /secrets/kafka', {
  status: 403,
  reason: 'Forbidden',
  message: 'secrets "kafka" is forbidden',
});

it('a Secret that cannot be read again and again is in the status, and is tried again', async () => {
  const { written, error } = await reconcileWith(FORBIDDEN, 8);
  expect(error).toBe(FORBIDDEN);
  const message =
    'the operator cannot reconcile the resource, and tries again: GET /secrets/kafka: secrets "kafka" is forbidden';
  expect(written).toEqual([
    [`Ready False ReconcileFailed: ${message}`, `Reconciling True ReconcileFailed: ${message}`],
  ]);
});

it('an unexpected error is in the status without its message, which may hold anything', async () => {
  const { written } = await reconcileWith(new Error('password'), 8);
  expect(written[0]?.[0]).toMatch(/^Ready False ReconcileFailed: .* an unexpected error, /);
  expect(JSON.stringify(written)).not.toContain('password');
});

it('a failure that is new does not change the status yet', async () => {
  const { written, error } = await reconcileWith(FORBIDDEN, 7);
  expect([written, error]).toEqual([[], FORBIDDEN]);
});

it('a topic that another resource ceases to write meanwhile is not said to be shared', async () => {
  const other = 'observability/other';
  const { deps, written } = depsWith({
    get: () => Promise.resolve(undefined),
    apply: (manifest: KubeManifest) => {
      deps.watched.specs.forget(other);
      return Promise.resolve(kubeObject.parse(manifest));
    },
  });
  deps.watched.resources.put(stored(sampleResource()));
  deps.watched.specs.set(other, sampleResource({}, 'other'));
  await reconcile(deps, KEY, 0);
  expect(written[0]?.join()).toMatch(/ConfigValid True/);
  expect(written[0]?.join()).not.toMatch(/TopicShared/);
});

it('of several objects that the API server rejects, the status always names the same', async () => {
  const rejected = (kind: string): KubeError =>
    new KubeError(`PATCH ${kind}`, { status: 422, reason: 'Invalid', message: `${kind} is wrong` });
  const messages = await Promise.all(
    ['ServiceAccount', 'ConfigMap', 'Service'].map(async (slow) => {
      const { deps, written } = depsWith({
        get: () => Promise.resolve(undefined),
        apply: async ({ kind }: KubeManifest) => {
          for (let turns = kind === slow ? 10 : 0; turns > 0; turns--) await Promise.resolve();
          throw rejected(kind);
        },
      });
      deps.watched.resources.put(stored(sampleResource()));
      await reconcile(deps, KEY, 0);
      return written[0]?.find((condition) => condition.startsWith('Ready'));
    }),
  );
  expect(messages[0]).toMatch(/is wrong/);
  expect(new Set(messages).size).toBe(1);
});

it('a resource that is being deleted writes its topics no more for those who share them', async () => {
  const other = 'observability/other';
  const { deps } = depsWith({});
  const resource = sampleResource();
  deps.watched.specs.set(other, sampleResource({}, 'other'));
  deps.watched.resources.put(stored(resource));
  expect(deps.watched.specs.sharedBy(other)).toHaveLength(1);
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  const metadata = { ...resource.metadata, resourceVersion: '2', deletionTimestamp };
  deps.watched.resources.put(stored({ ...resource, metadata }));
  await reconcile(deps, KEY, 0);
  expect(deps.watched.specs.sharedBy(other)).toEqual([]);
});
