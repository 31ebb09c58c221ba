import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { kafkaExporterStatus } from '../../../../src/operator/api/kafka-exporter.ts';
import { findCondition } from '../../../../src/operator/api/status/conditions.ts';
import { EXPORTER_LABEL } from '../../../../src/operator/desired/labels.ts';
import { KubeError } from '../../../../src/operator/kube/kube-error.ts';
import { controllerUidOf, type KubeObject } from '../../../../src/operator/kube/kube-object.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
} from '../cluster/cluster-under-test.ts';
import { until } from '../../../lib/until.ts';
import { createResource } from '../cluster/resource-under-test.ts';
import { type RandomEdit, randomEdit } from './random-specs.ts';
import { untilCalm, writesAtRest } from '../cluster/until-calm.ts';

const EDITS = 1_000;
/** An edit may concern every resource, as a Secret does, and each writes a few objects and its status. */
const RECONCILIATIONS_PER_EDIT = 10;
const WRITES_PER_EDIT = 5;
/** Edits that are made at the same time. */
const USERS = 4;
const RESYNCS = 3;
const CHILDREN = [
  ...(['configMap', 'deployment', 'horizontalPodAutoscaler', 'networkPolicy'] as const),
  ...(['podDisruptionBudget', 'secret', 'service', 'serviceAccount'] as const),
];
/** The garbage collector needs the better part of a minute to discover a new custom resource. */
const COLLECTED = { deadlineMs: 150_000 };
/** On a machine that does other work. */
const LONGEST_MS = 400_000;

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'storm');
  operator = await cluster.startOperator();
});
afterAll(async () => {
  await operator.stop();
  await cluster.close();
});

/** Makes an edit, and returns whether the API server admits it. What it refuses, it refuses with a message. */
async function make(edit: RandomEdit): Promise<boolean> {
  try {
    await attempt(edit);
    return true;
  } catch (error) {
    if (!(error instanceof KubeError) || error.failure === 'transient') throw error;
    expect(error.detail.status).toBeLessThan(500);
    expect(error.detail.message).not.toBe('');
    return false;
  }
}

async function attempt(edit: RandomEdit): Promise<void> {
  const { admin } = cluster;
  switch (edit.kind) {
    case 'write':
      if ((await admin.get('kafkaExporter', edit.name)) === undefined) {
        await createResource(cluster, edit.name, withoutNull(edit.spec));
      } else await admin.patch('kafkaExporter', edit.name, { spec: edit.spec });
      return;
    case 'remove':
      await admin.remove('kafkaExporter', edit.name);
      return;
    case 'recreate':
      await admin.remove('kafkaExporter', edit.name);
      await createResource(cluster, edit.name);
      return;
    case 'secret':
      await writeSecret(edit);
      return;
    case 'removeSecret':
      await admin.remove('secret', edit.name);
      return;
    case 'removeChild':
    case 'editChild':
      await touchChild(edit);
  }
}

const withoutNull = (spec: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== null));

async function writeSecret({
  content,
  name,
}: Extract<RandomEdit, { readonly content: unknown }>): Promise<void> {
  const { admin, namespace } = cluster;
  const live = await admin.get('secret', name);
  if (live !== undefined) await admin.remove('secret', name);
  await admin.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    ...content,
  });
}

async function touchChild(edit: Extract<RandomEdit, { readonly choice: number }>): Promise<void> {
  const { admin } = cluster;
  const kind = CHILDREN[edit.choice % CHILDREN.length] ?? 'service';
  const ours = (await admin.list(kind)).filter(
    ({ metadata }) => metadata.labels?.[EXPORTER_LABEL] !== undefined,
  );
  const child = ours[edit.choice % Math.max(ours.length, 1)];
  if (child === undefined) return;
  const { name } = child.metadata;
  if ('patch' in edit) await admin.patch(kind, name, edit.patch);
  else await admin.remove(kind, name);
}

/** What is wrong with the status of a resource that nobody edits any more. */
function complaintAbout({ metadata, ...object }: KubeObject): string[] {
  const { data } = kafkaExporterStatus.safeParse(object['status']);
  const ready = findCondition(data?.conditions, 'Ready');
  const told =
    ready?.observedGeneration === metadata.generation &&
    data?.observedGeneration === metadata.generation &&
    ready?.message !== '';
  return told ? [] : [`${metadata.name} ${JSON.stringify(object)}`];
}

/**
 * Whether nothing changes any more. The controllers of Kubernetes, such as that of autoscalers, may act some seconds later, and
 * the status says what they do: then it is not at rest yet. A write of the operator without such a change is a fault.
 */
async function isAtRest(resources: number): Promise<boolean> {
  const before = await workloads();
  await untilCalm(operator);
  const told = await statuses();
  const writes = await writesAtRest(operator, { resources, rounds: RESYNCS });
  if (before !== (await workloads())) return false;
  if (writes.length > 0) expect({ writes, told: await statuses() }).toEqual({ writes: [], told });
  return true;
}

/** The versions of the objects that controllers of Kubernetes change, and that the status depends on. */
async function workloads(): Promise<string> {
  const lists = await Promise.all(
    (['deployment', 'replicaSet', 'pod'] as const).map((kind) => cluster.admin.list(kind)),
  );
  return JSON.stringify(
    lists.flat().map(({ metadata }) => [metadata.uid, metadata.resourceVersion]),
  );
}

/** Whether the garbage collector has deleted what belonged to deleted resources: until then, the operator makes it again. */
async function isCollected(): Promise<boolean> {
  const owners = (await cluster.admin.list('kafkaExporter')).map(({ metadata }) => metadata.uid);
  const children = (await Promise.all(CHILDREN.map((kind) => cluster.admin.list(kind)))).flat();
  return children.every((child) => {
    const owner = controllerUidOf(child);
    return owner === undefined || owners.includes(owner);
  });
}

/** What the operator says of each resource. */
async function statuses(): Promise<unknown[]> {
  const resources = await cluster.admin.list('kafkaExporter');
  return resources.map(({ metadata, ...object }) => [metadata.name, object['status']]);
}

/** Makes the edits of a seed, and looks at what the operator has made of them. */
async function storm(seed: number): Promise<void> {
  const edits = fc.sample(randomEdit, { numRuns: EDITS, seed }).values();
  let admitted = 0;
  const user = async (): Promise<void> => {
    for (const edit of edits) if (await make(edit)) admitted += 1;
  };
  await Promise.all(Array.from({ length: USERS }, user));
  expect(admitted).toBeGreaterThan(EDITS / 2);
  await untilCalm(operator);
  expect(operator.reconciliations()).toBeLessThan(EDITS * RECONCILIATIONS_PER_EDIT);
  expect(operator.writes().length).toBeLessThan(EDITS * WRITES_PER_EDIT);
  const resources = await cluster.admin.list('kafkaExporter');
  expect(resources.length).toBeGreaterThan(0);
  expect(resources.flatMap(complaintAbout)).toEqual([]);
  await until('the garbage to be collected', isCollected, COLLECTED);
  await until('Kubernetes to rest, too', () => isAtRest(resources.length));
}

it(
  '1 000 random edits: the operator tells the state of every resource, does bounded work, and then rests',
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const rejections: unknown[] = [];
    const onRejection = (reason: unknown): number => rejections.push(reason);
    process.on('unhandledRejection', onRejection);
    try {
      await storm(seed);
      expect(rejections).toEqual([]);
    } catch (error) {
      throw new Error(`random edits with seed ${seed}`, { cause: error });
    } finally {
      process.off('unhandledRejection', onRejection);
    }
  },
  LONGEST_MS,
);
