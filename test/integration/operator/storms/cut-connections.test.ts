import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { kafkaExporterStatus } from '../../../../src/operator/api/kafka-exporter.ts';
import type { KubeObject } from '../../../../src/operator/kube/kube-object.ts';
import { openKubeConnection } from '../../../../src/operator/kube/open-kube-connection.ts';
import { until } from '../../../lib/until.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
} from '../cluster-under-test.ts';
import { createResource } from '../resource-under-test.ts';
import { untilCalm, writesAtRest } from '../until-calm.ts';
import { startUnreliableProxy, type UnreliableProxy } from '../unreliable-proxy.ts';

const RESOURCES = 50;
const EDITS = 20;
const CUTS = 10;
const CUT_MS = 500;
/** Longer than the first waits of the watches, so that the operator works between two cuts. */
const MENDED_MS = 2_500;
/** Enough to catch up, with the backoff of the watches. */
const SETTLED = { deadlineMs: 60_000 };
/** Writes of one object beyond one for each edit: it is created, and reported before and after its Deployment. */
const WRITES_BEYOND_EDITS = 5;
/** On a machine that does other work. */
const LONGEST_MS = 400_000;

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;
let proxy: UnreliableProxy;

beforeAll(async () => {
  const kubernetes = inject('kubernetes');
  cluster = await openCluster(kubernetes, 'cuts');
  proxy = await startUnreliableProxy(
    (await openKubeConnection(kubernetes.kubeconfigPath, {})).server,
  );
  operator = await cluster.startOperator({ server: `https://127.0.0.1:${proxy.port}` });
});

afterAll(async () => {
  await operator.stop();
  await proxy.close();
  await cluster.close();
});

const nameOf = (index: number): string => `cut-${index}`;

/** The batch size that an edit sets. No two edits set the same. */
const batchSizeOf = (index: number, edit: number): number => 1_000 * (edit + 1) + index;

/** Cuts every connection again and again, until the edits are made. */
async function cutConnections(): Promise<void> {
  for (let cut = 0; cut < CUTS; cut++) {
    proxy.cut();
    await sleep(CUT_MS);
    proxy.mend();
    await sleep(MENDED_MS);
  }
}

async function editAll(): Promise<void> {
  for (let edit = 0; edit < EDITS; edit++) {
    // The edits spread over the time of all cuts.
    const [turn] = await Promise.all([
      sleep((CUTS * (CUT_MS + MENDED_MS)) / EDITS),
      ...Array.from({ length: RESOURCES }, (_, index) =>
        cluster.admin.patch('kafkaExporter', nameOf(index), {
          spec: { batchSize: batchSizeOf(index, edit) },
        }),
      ),
    ]);
    expect(turn).toBeUndefined();
  }
}

function isReported({ metadata, ...object }: KubeObject): boolean {
  const { data } = kafkaExporterStatus.safeParse(object['status']);
  return data?.observedGeneration === metadata.generation;
}

/** The batch size in the ConfigMap that the Deployment of a resource mounts. */
function mountedBatchSizes(
  index: number,
  all: { readonly deployments: readonly KubeObject[]; readonly configMaps: readonly KubeObject[] },
): unknown[] {
  const deployment = JSON.stringify(
    all.deployments.find(({ metadata }) => metadata.name === `${nameOf(index)}-exporter`),
  );
  return all.configMaps
    .filter(({ metadata }) => deployment.includes(`"${metadata.name}"`))
    .map((configMap) => /"batchSize\W+(\d+)/.exec(JSON.stringify(configMap['data']))?.[1]);
}

it(
  '1 000 edits while all connections to the API server are cut ten times: each last edit is there, and no write was doubled',
  async () => {
    for (let index = 0; index < RESOURCES; index++) await createResource(cluster, nameOf(index));
    await Promise.all([cutConnections(), editAll()]);
    await until(
      'every last edit in the ConfigMap that is mounted, and in the status',
      async () => {
        const [resources, deployments, configMaps] = await Promise.all(
          (['kafkaExporter', 'deployment', 'configMap'] as const).map((kind) =>
            cluster.admin.list(kind),
          ),
        );
        if (!resources?.every(isReported)) return false;
        return resources.every(
          (_, index) =>
            mountedBatchSizes(index, {
              deployments: deployments ?? [],
              configMaps: configMaps ?? [],
            }).join() === String(batchSizeOf(index, EDITS - 1)),
        );
      },
      SETTLED,
    );
    await untilCalm(operator);
    const counts = new Map<string, number>();
    for (const { code, method, path } of operator.writes()) {
      // New Events have the path of all Events.
      if (code.startsWith('2') && method !== 'POST') counts.set(path, (counts.get(path) ?? 0) + 1);
    }
    const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
    expect(most?.[1], most?.[0]).toBeLessThanOrEqual(EDITS + WRITES_BEYOND_EDITS);
    expect(await writesAtRest(operator, { resources: RESOURCES, rounds: 3 })).toEqual([]);
  },
  LONGEST_MS,
);
