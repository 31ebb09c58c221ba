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
import type { KubeObject } from '../../../../src/operator/kube/kube-object.ts';
import { until } from '../../../lib/until.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from '../cluster-under-test.ts';
import { createResource, type ResourceUnderTest } from '../resource-under-test.ts';
import { runPod } from '../simulated-pods.ts';
import { startRewritingPolicy } from './rewriting-policy.ts';

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
  cluster.setReport({
    delivering: true,
    problems: [],
    missingColumns: [],
    shards: [],
    recordsExported: 1,
  });
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
    const policy = await startRewritingPolicy(cluster, () => [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'mirror/exporter:1' },
    ]);
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
