import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  inject,
  it,
  onTestFinished,
} from 'vitest';
import { z } from 'zod';
import type { KafkaExporterStatus } from '../../../../src/operator/api/kafka-exporter.ts';
import type { KubeObject } from '../../../../src/operator/kube/kube-object.ts';
import { until } from '../../../lib/until.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from '../cluster/cluster-under-test.ts';
import { createResource, type ResourceUnderTest } from '../cluster/resource-under-test.ts';
import { runPod } from '../cluster/simulated-pods.ts';
import { untilCalm, writesAtRest } from '../cluster/until-calm.ts';
import { startRewritingPolicy } from './rewriting-policy.ts';

const REPORT = {
  delivering: true,
  problems: [],
  missingColumns: [],
  shards: [],
  recordsExported: 1,
};

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;
let exporter: ResourceUnderTest;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'drift');
  operator = await cluster.startOperator();
});
afterEach(() => exporter.remove());
afterAll(async () => {
  await operator.stop();
  await cluster.close();
});

async function createRunning(name: string): Promise<void> {
  cluster.setReport(REPORT);
  exporter = await createResource(cluster, name);
  await runPod(cluster.admin, name);
  await exporter.condition('Ready', 'True Delivering');
}

const kubectl = (...args: string[]): Promise<string> =>
  cluster.kubectl([...args, '--namespace', cluster.namespace]);

async function deployment(): Promise<KubeObject | undefined> {
  return cluster.admin.get('deployment', exporter.workload);
}

/** The Deployment's spec as text, without the annotations of its pods. */
async function specText(): Promise<string> {
  const { spec } = z
    .looseObject({ spec: z.looseObject({ template: z.looseObject({ spec: z.unknown() }) }) })
    .parse(await deployment());
  return JSON.stringify({ ...spec, template: spec.template.spec });
}

async function untilSpecIs(wanted: string): Promise<void> {
  await until('the spec to be as before', async () => (await specText()) === wanted, SOON);
}

const kubectlApply = (object: object): Promise<string> => {
  const metadata = { name: 'set-in-pods', namespace: cluster.namespace };
  return cluster.kubectl(['apply', '--filename', '-'], JSON.stringify({ ...object, metadata }));
};

/** What the conditions say, without their times. */
function states({ conditions = [] }: KafkaExporterStatus): readonly unknown[] {
  return conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message }));
}

/** The writes of the operator to the Deployment since `from`. */
function deploymentWrites(from: number): number {
  return operator
    .writes()
    .slice(from)
    .filter(({ path }) => path.includes('/deployments/')).length;
}

describe('what somebody adds to the Deployment', () => {
  it.each([
    ['an environment variable', ['set', 'env', 'deployment/added-exporter', 'EXTRA=1']],
    ['a pause of the rollout', ['rollout', 'pause', 'deployment/added-exporter']],
    [
      'another command',
      [
        'patch',
        'deployment/added-exporter',
        '--type',
        'json',
        '--patch',
        '[{"op":"add","path":"/spec/template/spec/containers/0/command","value":["sleep"]}]',
      ],
    ],
    [
      'another container',
      [
        'patch',
        'deployment/added-exporter',
        '--patch',
        '{"spec":{"template":{"spec":{"containers":[{"name":"other","image":"x"}]}}}}',
      ],
    ],
  ])('is removed: %s', async (_name, command) => {
    await createRunning('added');
    const before = await specText();
    await kubectl(...command);
    await untilSpecIs(before);
    const { conditions = [] } = await exporter.status();
    expect(conditions.map(({ type }) => type)).not.toContain('ChangedByOthers');
  });

  it('stays if it is the restart of kubectl rollout restart', async () => {
    await createRunning('restarted');
    await kubectl('rollout', 'restart', 'deployment/restarted-exporter');
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    expect(JSON.stringify(await deployment())).toContain('kubectl.kubernetes.io/restartedAt');
  });

  it('is removed once, and then left with a condition that names the field and the manager', async () => {
    await createRunning('insisted');
    const before = await specText();
    await kubectl(
      'set',
      'env',
      'deployment/insisted-exporter',
      'EXTRA=1',
      '--field-manager=meddler',
    );
    await untilSpecIs(before);
    await kubectl(
      'set',
      'env',
      'deployment/insisted-exporter',
      'EXTRA=1',
      '--field-manager=meddler',
    );
    const message = await exporter.condition('ChangedByOthers', 'True AnotherManager');
    expect(message).toContain(
      'spec.template.spec.containers.0.env (set by meddler) of Deployment insisted-exporter',
    );
    const [from, reconciled] = [operator.writes().length, operator.reconciliations()];
    operator.resync();
    await until('a reconciliation', () => operator.reconciliations() > reconciled, SOON);
    expect(deploymentWrites(from)).toBe(0);
    expect(await specText()).toContain('EXTRA');
  });

  it('says that nothing is exported when somebody has scaled the Deployment to zero', async () => {
    await createRunning('zero');
    await kubectl('scale', 'deployment/zero-exporter', '--replicas=0');
    expect(await exporter.condition('WorkloadAvailable', 'False ScaledToZero')).toContain(
      'kubectl scale deployment zero-exporter',
    );
    await exporter.condition('Ready', 'False ScaledToZero');
  });
});

describe('a policy engine that rewrites the image at each write', () => {
  it('is not fought: the operator writes nothing more, says so, is Ready, and still prunes and rolls out', async () => {
    const policy = await startRewritingPolicy(cluster, {
      resource: 'deployments',
      rewrite: () => [
        {
          op: 'replace',
          path: '/spec/template/spec/containers/0/image',
          value: 'mirror/exporter:1',
        },
      ],
    });
    onTestFinished(() => policy.stop());
    // The API server learns of a new webhook in its own time.
    await until(
      'the policy to be in force',
      async () => {
        const made = await kubectl(
          ...['create', 'deployment', 'probe', '--image', 'x', '--dry-run=server', '-o', 'json'],
        );
        return made.includes('mirror/exporter:1');
      },
      SOON,
    );
    await createRunning('mirrored');
    expect(await exporter.condition('ChangedByOthers', 'True AnotherManager')).toContain(
      'spec.template.spec.containers[exporter].image of Deployment mirrored-exporter',
    );
    await exporter.condition('Ready', 'True Delivering');
    const [from, reconciled] = [operator.writes().length, operator.reconciliations()];
    for (let round = 1; round <= 3; round++) {
      operator.resync();
      await until('a reconciliation', () => operator.reconciliations() >= reconciled + round, SOON);
    }
    expect(deploymentWrites(from)).toBe(0);

    await exporter.change({ batchSize: 99 });
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    await until(
      'the old configuration to go',
      async () => {
        const maps = await cluster.admin.list('configMap');
        return maps.filter(({ metadata }) => metadata.name.startsWith('mirrored-')).length === 1;
      },
      SOON,
    );
  });
});

describe('what others set in pods', () => {
  const sidecar = { name: 'a-sidecar', image: 'sidecar:1' };
  const recommended = { requests: { cpu: '250m', memory: '300Mi' }, limits: { memory: '600Mi' } };
  const status = (container: typeof sidecar, state: object): object => ({
    ...container,
    ...{ state, ready: false, restartCount: 1, imageID: '' },
  });
  /** The injector puts its container first, and the autoscaler replaces the resources of ours. */
  const rewrite = (): readonly unknown[] => [
    { op: 'replace', path: '/spec/containers/0/resources', value: recommended },
    { op: 'add', path: '/spec/containers/0', value: sidecar },
  ];

  it('is no change of the Deployment: nothing is written and reported, unless a sidecar does not start', async () => {
    cluster.setReport(REPORT);
    const plain = await createResource(cluster, 'plain');
    await runPod(cluster.admin, 'plain');
    await plain.condition('Ready', 'True Delivering');

    const limits = [{ type: 'Container', default: { cpu: '2', 'ephemeral-storage': '1Gi' } }];
    await kubectlApply({ kind: 'LimitRange', apiVersion: 'v1', spec: { limits } });
    onTestFinished(async () => {
      await kubectl('delete', 'limitrange', 'set-in-pods');
    });
    const policy = await startRewritingPolicy(cluster, { resource: 'pods', rewrite });
    onTestFinished(() => policy.stop());
    const probe = ['run', 'probe', '--image=x', '--dry-run=server', '--output=json'];
    await until('the policy to be in force', async () =>
      (await kubectl(...probe)).includes(sidecar.name),
    );

    await createRunning('changed');
    const [pod] = (await cluster.admin.list('pod')).filter(({ metadata }) =>
      metadata.name.startsWith('changed-'),
    );
    expect(pod?.['spec']).toMatchObject({
      containers: [
        { ...sidecar, resources: { limits: { cpu: '2', 'ephemeral-storage': '1Gi' } } },
        { name: 'exporter', resources: { ...recommended, limits: { memory: '600Mi', cpu: '2' } } },
      ],
    });
    await untilCalm(operator);
    expect(await writesAtRest(operator, { resources: 2, rounds: 3 })).toEqual([]);
    const [ofPlain, ofChanged] = await Promise.all([plain.status(), exporter.status()]);
    expect(states(ofChanged)).toEqual(states(ofPlain));
    await plain.remove();

    await cluster.admin.patchStatus('pod', pod?.metadata.name ?? '', {
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [status(sidecar, { waiting: { reason: 'CrashLoopBackOff' } })],
    });
    expect(await exporter.condition('WorkloadAvailable', 'False PodNotStarting')).toMatch(
      /^the container a-sidecar, which is not the exporter's, keeps the pod from being ready \(CrashLoopBackOff\): see kubectl/,
    );
    await exporter.condition('Delivering', 'True Delivering');
  });
});
