import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { freePorts } from '../harness/process/free-ports.ts';
import { openRun, type Run } from '../harness/process/run.ts';
import { type KubernetesHandle, startKubernetes } from '../harness/kubernetes/start-kubernetes.ts';
import { type AdminApi, createAdminApi } from '../integration/operator/admin-api.ts';
import { until } from '../lib/until.ts';
import { buildCommand, memoryOf, NODE_FLAGS } from './exporter-process.ts';
import { type Figure, figureOf } from './measure.ts';

const RESOURCES = 1_000;
const FOREIGN_SECRETS = 5_000;
/** Secrets with as large annotations as Kubernetes allows, as `kubectl apply` makes them of large certificates. */
const LARGE_SECRETS = 500;
const LARGE_BYTES = 250 * 1024;
const PARALLEL = 24;
const REST_MS = 60_000;
const SAMPLE_MS = 250;
/** As in the pod of deploy/base/operator.yaml: Node's heap may have half of the memory limit. */
const HEAP = ['--max-old-space-size=192'];
const ENVIRONMENT = { MALLOC_ARENA_MAX: '1' };
const HOUR = { deadlineMs: 3_600_000 };
const MB = 1_000_000;

/** `npm run bench -- operator`: memory of an operator with many resources, in a cluster with many foreign Secrets. */
export async function benchOperator(log: (line: string) => void): Promise<readonly Figure[]> {
  const run = await openRun('bench-operator');
  try {
    const command = await buildCommand(run);
    const kubernetes = await startKubernetes({ controllerManager: true });
    try {
      return await measure({ run, command, kubernetes, log });
    } finally {
      await kubernetes.stop();
    }
  } finally {
    await run.stop();
  }
}

interface Bench {
  readonly run: Run;
  readonly command: string;
  readonly kubernetes: KubernetesHandle;
  readonly log: (line: string) => void;
}

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const { kubernetes, log } = bench;
  await kubernetes.kubectl(['apply', '--server-side', '-k', 'deploy']);
  await kubernetes.kubectl([
    ...['wait', '--for=condition=Established', 'crd/kafkaexporters.export.deepflow.io'],
  ]);
  const namespace = 'default';
  const admin = createAdminApi(kubernetes.kubeconfigPath, namespace);
  const figures: Figure[] = [];
  const phase = async (name: string, act: () => Promise<void>): Promise<void> => {
    const { peak, rest } = await observe(bench, act);
    log(`${name}: peak ${(peak / MB).toFixed(0)} MB, at rest ${(rest / MB).toFixed(0)} MB`);
    figures.push(figureOf({ name: `${name}, peak`, unit: 'MB' }, [peak / MB]));
    figures.push(figureOf({ name: `${name}, at rest`, unit: 'MB' }, [rest / MB]));
  };
  try {
    await phase('nothing', () => Promise.resolve());
    await createAll(FOREIGN_SECRETS, (i) => admin.create(secret(`foreign-${i}`, 1_000)));
    await phase(`${FOREIGN_SECRETS} foreign Secrets`, () => Promise.resolve());
    await createAll(LARGE_SECRETS, (i) => admin.create(secret(`large-${i}`, LARGE_BYTES)));
    await phase(`and ${LARGE_SECRETS} large ones`, () => Promise.resolve());
    await createAll(RESOURCES, (i) => admin.create(secret(`login-${i}`, 100)));
    await createAll(RESOURCES, (i) => admin.create(resource(i)));
    const all = `and ${RESOURCES} resources`;
    await phase(`${all}, first start`, () => untilReported(admin));
    await phase(`${all}, next start`, () => Promise.resolve());
    return figures;
  } finally {
    await admin.close();
  }
}

/** Runs an operator until `act` has ended and it had time to rest. Returns its resident memory in bytes. */
async function observe(
  { run, command, kubernetes }: Bench,
  act: () => Promise<void>,
): Promise<{ readonly peak: number; readonly rest: number }> {
  const [port = 0] = await freePorts(1);
  const options = ['--kubeconfig', kubernetes.kubeconfigPath, '--port', String(port)];
  const managed = await run.start({
    name: `operator-${port}`,
    command: process.execPath,
    args: [...NODE_FLAGS, ...HEAP, command, 'operator', ...options, '--exporter-image', 'none'],
    env: ENVIRONMENT,
  });
  const isReady = async (): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok === true;
  await until('the operator to be ready', isReady, HOUR);
  await act();
  const samples: number[] = [];
  for (let elapsedMs = 0; elapsedMs < REST_MS; elapsedMs += SAMPLE_MS) {
    samples.push(memoryOf(managed.pid, 'VmRSS'));
    await sleep(SAMPLE_MS);
  }
  const peak = memoryOf(managed.pid, 'VmHWM');
  await managed.stop();
  return { peak, rest: samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? 0 };
}

const reported = z.object({ status: z.object({ conditions: z.array(z.unknown()) }) });

async function untilReported(admin: AdminApi): Promise<void> {
  await until(
    'every resource to have conditions',
    async () =>
      (await admin.list('kafkaExporter')).every((each) => reported.safeParse(each).success),
    HOUR,
  );
}

async function createAll(count: number, create: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await create(next++);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

function secret(name: string, annotationBytes: number): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, annotations: { 'bench/applied': 'x'.repeat(annotationBytes) } },
    stringData: { username: 'u', password: 'p' },
  };
}

function resource(i: number): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name: `exporter-${i}` },
    spec: {
      dataSources: ['flow_log.l7_flow_log', 'flow_log.l4_flow_log'],
      source: { clickHouse: { url: 'http://clickhouse:8123' } },
      endpoints: ['kafka-0:9092', 'kafka-1:9092', 'kafka-2:9092'],
      sasl: { mechanism: 'SCRAM-SHA-512', credentialsSecretRef: { name: `login-${i}` } },
      tls: {},
    },
  };
}
