import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { AuditedWrite } from '../../harness/kubernetes/audit-log.ts';
import { until } from '../../lib/until.ts';
import { type BenchCluster, openBenchCluster, OPERATOR_USER } from './bench-cluster.ts';
import { createAll, exporterResource, loginSecret } from './cluster-content.ts';
import type { OperatorProcess } from './operator-process.ts';
import { runAllPods } from './running-pods.ts';

const RESOURCES = 1_000;
const FOREIGN_SECRETS = 5_000;
/** Secrets with as large annotations as Kubernetes allows, as `kubectl apply` makes them of large certificates. */
const LARGE_SECRETS = 500;
const LARGE_BYTES = 250 * 1024;
const SMALL_BYTES = 1_000;
/** Resources that are created one after the other. */
const SINGLE = 200;
const MINUTE_MS = 60_000;
const REST_MS = 10 * MINUTE_MS;
const SAMPLE_MS = 250;
/** After so long without a write, the operator has settled. */
const CALM_MS = 15_000;
/** A list of all resources is work for the API server, too. */
const LOOK_MS = 5_000;
const HOUR = { deadlineMs: 60 * MINUTE_MS };
const MB = 1_000_000;

/** Receives each measured value. */
export type Measured = (name: string, unit: string, values: readonly number[]) => void;

/**
 * An operator on a real API server: how soon the objects of a resource are there, how many writes a thousand resources cost,
 * when they have settled, what happens at rest and after a restart, and how much memory this needs beside many Secrets of
 * others. The API server's audit log is the witness.
 */
export async function measureManyResources(measured: Measured): Promise<void> {
  await withCluster({ controllers: false }, (cluster) => measureAlone(cluster, measured));
  await withCluster({ controllers: true }, (cluster) => measureWithPods(cluster, measured));
}

/** Only the operator works: Kubernetes makes no pods. */
async function measureAlone(cluster: BenchCluster, measured: Measured): Promise<void> {
  await withOperator(cluster, async (operator) => {
    await measureMemory(operator, measured, 'nothing');
    await measureSingle(cluster, measured);
    await createLogins(cluster);
    await measureBurst(cluster, measured, 'a status');
    await measureMemory(operator, measured, `${RESOURCES} resources without pods`);
  });
}

/** Every resource has a pod that is ready, beside many Secrets of others. */
async function measureWithPods(cluster: BenchCluster, measured: Measured): Promise<void> {
  const { admin } = cluster;
  await createAll(FOREIGN_SECRETS, (i) => admin.create(loginSecret(`foreign-${i}`, SMALL_BYTES)));
  await createAll(LARGE_SECRETS, (i) => admin.create(loginSecret(`large-${i}`, LARGE_BYTES)));
  await createLogins(cluster);
  const pods = await runAllPods(cluster.kubeconfigPath, cluster.namespace, admin);
  await withOperator(cluster, async (operator) => {
    await measureMemory(operator, measured, `${FOREIGN_SECRETS + LARGE_SECRETS} Secrets`);
    await measureBurst(cluster, measured, 'a ready pod');
    await measureRest(cluster, operator, measured);
  });
  await withOperator(cluster, (operator) => measureRestart(cluster, operator, measured));
  await pods.stop();
}

function createLogins({ admin }: BenchCluster): Promise<void> {
  return createAll(RESOURCES, (i) => admin.create(loginSecret(`login-${i}`, SMALL_BYTES)));
}

async function withCluster(
  options: { readonly controllers: boolean },
  work: (cluster: BenchCluster) => Promise<void>,
): Promise<void> {
  const cluster = await openBenchCluster(options);
  try {
    await work(cluster);
  } finally {
    await cluster.stop();
  }
}

async function withOperator(
  cluster: BenchCluster,
  work: (operator: OperatorProcess) => Promise<void>,
): Promise<void> {
  const operator = await cluster.startOperator();
  try {
    await work(operator);
  } finally {
    await operator.stop();
  }
}

async function measureMemory(
  operator: OperatorProcess,
  measured: Measured,
  what: string,
  restMs = MINUTE_MS,
): Promise<void> {
  const samples: number[] = [];
  for (let elapsedMs = 0; elapsedMs < restMs; elapsedMs += SAMPLE_MS) {
    samples.push(operator.residentBytes() / MB);
    await sleep(SAMPLE_MS);
  }
  measured(`${what}: memory at rest`, 'MB', samples);
  measured(`${what}: most memory`, 'MB', [operator.peakResidentBytes() / MB]);
}

const NAME = /^exporter-\d+/v;
const name = (index: number): string => `exporter-${index}`;

/** Creates resources one after the other, each when the objects of the one before are there, and removes them. */
async function measureSingle(cluster: BenchCluster, measured: Measured): Promise<void> {
  const { admin } = cluster;
  await admin.create(loginSecret('single', SMALL_BYTES));
  const single = (index: number): string => `single-${index}`;
  for (let index = 0; index < SINGLE; index += 1) {
    await admin.create(exporterResource(single(index), 'single'));
    await until('a Deployment', () => admin.get('deployment', `${single(index)}-exporter`));
  }
  const writes = await cluster.writes();
  const delays = Array.from({ length: SINGLE }, (_, index) => delayOf(writes, single(index)));
  measured('a resource is applied → all its objects are there', 'ms', delays);
  await createAll(SINGLE, (index) => admin.remove('kafkaExporter', single(index)));
}

/** Milliseconds from the creation of a resource to the creation of the last object that the operator makes for it. */
function delayOf(writes: readonly AuditedWrite[], resource: string): number {
  const created = writes.find(({ name: found }) => found === resource);
  const objects = writes.filter(
    ({ name: found, resource: type, user, verb }) =>
      user === OPERATOR_USER &&
      verb === 'patch' &&
      type !== 'events' &&
      found.startsWith(`${resource}-exporter`),
  );
  const last = Math.max(...objects.map(({ answeredMs }) => answeredMs));
  return last - (created?.answeredMs ?? Number.NaN);
}

/** What every resource has at the end of a burst: any status, or the status of a pod that is ready. */
type BurstEnd = 'a status' | 'a ready pod';

/** Creates all resources at once, and waits until the operator has settled. */
async function measureBurst(
  cluster: BenchCluster,
  measured: Measured,
  end: BurstEnd,
): Promise<void> {
  const { admin } = cluster;
  await createAll(RESOURCES, (i) => admin.create(exporterResource(name(i), `login-${i}`)));
  await until(`every resource to have ${end}`, () => haveAll(cluster, end), HOUR);
  const writes = await untilCalm(cluster);
  const created = writes.find(({ name: found }) => found === name(0));
  const ours = ofOperator(writes).filter(({ name: found }) => NAME.test(found));
  const last = ours.at(-1);
  measured(`${RESOURCES} resources are created at once → each has ${end}`, 's', [
    ((last?.answeredMs ?? Number.NaN) - (created?.answeredMs ?? Number.NaN)) / 1_000,
  ]);
  const perResource = new Map<string, number>();
  for (const { name: found } of ours) {
    const resource = NAME.exec(found)?.[0] ?? '';
    perResource.set(resource, (perResource.get(resource) ?? 0) + 1);
  }
  const counts = [...perResource.values()];
  measured(`writes for a resource until it has ${end}, with Events`, '', counts);
}

const reported = z.object({
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })),
  }),
});

async function haveAll({ admin }: BenchCluster, end: BurstEnd): Promise<boolean> {
  await sleep(LOOK_MS);
  const resources = await admin.list('kafkaExporter');
  const isAtEnd = (resource: unknown): boolean => {
    const { data } = reported.safeParse(resource);
    if (data === undefined || end === 'a status') return data !== undefined;
    return data.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  };
  return resources.filter(isAtEnd).length >= RESOURCES;
}

/** Waits until the operator has written nothing for some time, and returns all writes. */
async function untilCalm(cluster: BenchCluster): Promise<readonly AuditedWrite[]> {
  return until(
    'the operator to settle',
    async () => {
      await sleep(LOOK_MS);
      const writes = await cluster.writes();
      const last = ofOperator(writes).at(-1);
      return last === undefined || Date.now() - last.answeredMs > CALM_MS ? writes : undefined;
    },
    HOUR,
  );
}

const ofOperator = (writes: readonly AuditedWrite[]): readonly AuditedWrite[] =>
  writes.filter(({ user }) => user === OPERATOR_USER);

async function measureRest(
  cluster: BenchCluster,
  operator: OperatorProcess,
  measured: Measured,
): Promise<void> {
  const [before, cpuSeconds] = [ofOperator(await cluster.writes()).length, operator.cpuSeconds()];
  await measureMemory(operator, measured, `${RESOURCES} resources with pods`, REST_MS);
  const writes = ofOperator(await cluster.writes()).length - before;
  measured(`writes in ${REST_MS / MINUTE_MS} minutes at rest`, '', [writes]);
  const used = operator.cpuSeconds() - cpuSeconds;
  measured('CPU at rest', '% of a core', [(100 * used) / (REST_MS / 1_000)]);
}

async function measureRestart(
  cluster: BenchCluster,
  operator: OperatorProcess,
  measured: Measured,
): Promise<void> {
  await until(
    'every resource to be reconciled',
    async () => (await operator.reconciliations()) >= RESOURCES,
    HOUR,
  );
  measured('restart → every resource is reconciled', 's', [
    (Date.now() - operator.startedMs) / 1_000,
  ]);
  await measureMemory(operator, measured, `${RESOURCES} resources with pods, after a restart`);
  const writes = ofOperator(await cluster.writes()).filter(
    ({ answeredMs }) => answeredMs > operator.startedMs,
  );
  measured('writes after a restart', '', [writes.length]);
}
