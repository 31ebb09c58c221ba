import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { kafkaExporterStatus } from '../../../../src/operator/api/kafka-exporter.ts';
import type { KubeObject } from '../../../../src/operator/kube/kube-object.ts';
import type { AuditedWrite } from '../../../harness/kubernetes/audit-log.ts';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../../harness/kubernetes/start-kubernetes.ts';
import { setting } from '../../../harness/settings.ts';
import { until, untilDone } from '../../../lib/until.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
} from '../cluster/cluster-under-test.ts';
import { createResource } from '../cluster/resource-under-test.ts';
import { untilCalm, writesAtRest } from '../cluster/until-calm.ts';

const RESOURCES = 50;
const EDITS = 20;
/** One kill for two edits of each resource. */
const KILL_EVERY = 2;
/** Writes of the operator after which it works again, and is in the middle of an edit. */
const WRITES_BETWEEN_KILLS = 20;
/** Writes of a status beyond one for each edit: before its Deployment is there, and after. */
const REPORTS_BEYOND_EDITS = 1;
/** A write that the API server answered this short before it was killed may have lost its answer, and is then made again. */
const ANSWER_MS = 1_000;
/** On a machine that does other work. */
const LONGEST_MS = 400_000;

// The API server of another cluster cannot be killed.
describe.skipIf(setting('TEST_KUBECONFIG') !== undefined)('a storm of edits', () => {
  let kubernetes: KubernetesHandle;
  let cluster: ClusterUnderTest;
  let operator: OperatorUnderTest;
  const kills: Kill[] = [];

  beforeAll(async () => {
    const version = inject('kubernetesVersion');
    kubernetes = await startKubernetes({ version, audit: 'Request' });
    cluster = await openCluster(kubernetes, 'killed');
    operator = await cluster.startOperator();
  });
  afterAll(async () => {
    await operator.stop();
    await cluster.close();
    await kubernetes.stop();
  });

  async function killApiServer(): Promise<void> {
    const fromMs = Date.now();
    await kubernetes.killApiServer();
    kills.push({ fromMs, untilMs: Date.now() });
    await kubernetes.startApiServer();
  }

  function editAll(edit: number): Promise<unknown> {
    const edits = Array.from({ length: RESOURCES }, (_, index) =>
      untilDone('an edit', () =>
        cluster.admin.patch('kafkaExporter', nameOf(index), {
          spec: { batchSize: batchSizeOf(index, edit) },
        }),
      ),
    );
    return Promise.all(edits);
  }

  it(
    'of 1 000, while the API server is killed ten times: each last edit is there, and no write is lost or made twice',
    async () => {
      for (let index = 0; index < RESOURCES; index++) await createResource(cluster, nameOf(index));
      for (let edit = 0; edit < EDITS; edit++) {
        const written = operator.writes().length;
        const isKilled = edit % KILL_EVERY === 0;
        await Promise.all([editAll(edit), isKilled ? killApiServer() : undefined]);
        await until('the operator to work', () => operator.writes().length - written, {
          isWanted: (writes) => writes > WRITES_BETWEEN_KILLS,
        });
      }
      await until(
        'every last edit in the ConfigMap that is mounted, and in the status',
        async () => {
          const [resources = [], deployments = [], configMaps = []] = await Promise.all(
            (['kafkaExporter', 'deployment', 'configMap'] as const).map((kind) =>
              cluster.admin.list(kind),
            ),
          );
          return (
            resources.every(isReported) &&
            resources.every(
              (_, index) =>
                mountedBatchSizes(index, { deployments, configMaps }).join() ===
                String(batchSizeOf(index, EDITS - 1)),
            )
          );
        },
      );
      await untilCalm(operator);
      // No controller of Kubernetes runs, so only the edits and the operator change objects.
      const writes = (await kubernetes.writes()).filter(
        ({ resource, succeeded, user }) =>
          user.startsWith('system:serviceaccount:') && resource !== 'events' && succeeded,
      );
      const deployments = writes.filter(({ path }) => path.includes('/deployments/'));
      expect(new Set(deployments.map(({ path }) => path)).size).toBe(RESOURCES);
      expect(repeatedWrites(writes, kills)).toEqual([]);
      for (const [path, count] of counted(writes)) {
        const reports = path.includes('/status') ? REPORTS_BEYOND_EDITS : 0;
        expect(count, path).toBeLessThanOrEqual(1 + EDITS + reports);
      }
      expect(await writesAtRest(operator, { resources: RESOURCES, rounds: 3 })).toEqual([]);
    },
    LONGEST_MS,
  );
});

/** From when to when the API server was killed, in milliseconds since 1970. It answers until it is dead. */
interface Kill {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The writes whose content was written to the same object before, unless the answer to that write may have been lost. */
function repeatedWrites(writes: readonly AuditedWrite[], kills: readonly Kill[]): AuditedWrite[] {
  const earlier = new Map<string, AuditedWrite>();
  return writes.filter((write) => {
    const before = earlier.get(`${write.path} ${write.content}`);
    earlier.set(`${write.path} ${write.content}`, write);
    if (before === undefined) return false;
    return !kills.some(
      ({ fromMs, untilMs }) =>
        before.answeredMs > fromMs - ANSWER_MS && before.receivedMs <= untilMs,
    );
  });
}

function counted(writes: readonly AuditedWrite[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { path } of writes) counts.set(path, (counts.get(path) ?? 0) + 1);
  return counts;
}

const nameOf = (index: number): string => `edited-${index}`;

/** The batch size that an edit sets. No two edits set the same. */
const batchSizeOf = (index: number, edit: number): number => 1_000 * (edit + 1) + index;

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
