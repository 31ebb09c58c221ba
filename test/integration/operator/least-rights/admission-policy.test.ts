import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../lib/until.ts';
import {
  type ClusterUnderTest,
  deletedPaths,
  DEPLOYED,
  openCluster,
  SOON,
} from '../cluster/cluster-under-test.ts';
import { createResource, createSecret } from '../cluster/resource-under-test.ts';
import { runPod } from '../cluster/simulated-pods.ts';
import { installOverlay, renderOverlay } from './overlay.ts';
import { OWN_REPOSITORY } from './objects-of-operator.ts';
import {
  ORDINARY_REQUESTS,
  standingObjects,
  STOLEN_REQUESTS,
  type StolenRequest,
} from './stolen-requests.ts';

const COMPONENTS = ['admission-policy'];
const IMAGE = `images: [{ name: deepflow-kafka-exporter, newName: "${OWN_REPOSITORY}", newTag: test }]\n`;
const POLICY = `${DEPLOYED.name}-`;
/** The API server reads new policies within seconds. */
const IN_FORCE = { deadlineMs: 60_000 };

let cluster: ClusterUnderTest;
/** The namespace of the operator in this test. */
let home: string;
let account: string;
let thief: readonly string[];

/** Sends a request with the operator's rights. It changes nothing. Returns why it is refused; empty: it is not. */
async function refusalOf({ args, stdin }: StolenRequest): Promise<string> {
  const dryRun = args[1] === 'token' ? [] : ['--dry-run=server'];
  const input = stdin === undefined ? '' : JSON.stringify(stdin);
  try {
    await cluster.kubectl([...args, ...dryRun, ...thief], input);
    return '';
  } catch (error) {
    return String(error);
  }
}

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'admission-policy');
  const { namespace } = cluster;
  ({ account, home } = await installOverlay(cluster, { components: COMPONENTS, lines: IMAGE }));
  thief = ['--namespace', namespace, '--as', `system:serviceaccount:${account}`];
  // More rights than the operator has: the policies hold also when RBAC gives too much.
  const more = [
    'create',
    'role',
    'mistake',
    '--namespace',
    namespace,
    '--verb',
    'create,delete,get',
  ];
  await cluster.kubectl([...more, '--resource', 'pods,secrets,serviceaccounts/token']);
  const binding = ['create', 'rolebinding', 'mistake', '--namespace', namespace];
  await cluster.kubectl([...binding, '--role', 'mistake', '--serviceaccount', account]);
  await createResource(cluster, 'l7', { suspend: true });
  const { uid = '' } = (await cluster.admin.get('kafkaExporter', 'l7'))?.metadata ?? {};
  await until(
    'the ServiceAccount of pods',
    () => cluster.admin.get('serviceAccount', 'default'),
    SOON,
  );
  for (const object of standingObjects(uid)) {
    const kubectl = ['create', '--namespace', namespace, '--filename', '-'];
    await cluster.kubectl(kubectl, JSON.stringify(object));
  }
  for (const [name, request] of STOLEN_REQUESTS) {
    await until(
      `${name} to be refused`,
      async () => request.refusal.test(await refusalOf(request)),
      IN_FORCE,
    );
  }
}, 180_000);

afterAll(async () => {
  await cluster.kubectl(['delete', 'namespace', home, '--wait=false']);
  for (const kind of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies']) {
    const selector = ['--selector', 'app.kubernetes.io/name=deepflow-kafka-exporter'];
    await cluster.kubectl(['delete', kind, ...selector]);
  }
  await cluster.close();
});

describe('with the token of the operator', () => {
  it.each(STOLEN_REQUESTS)('%s is refused', async (_name, request) => {
    expect(await refusalOf(request)).toMatch(request.refusal);
  });

  it.each(ORDINARY_REQUESTS)('%s is not refused', async (_name, request) => {
    expect(await refusalOf(request)).toBe('');
  });
});

describe('the policies', () => {
  it('name the image and the namespace of the operator, as its overlay sets them', async () => {
    const manifests = await renderOverlay(cluster, {
      installation: '.',
      components: COMPONENTS,
      lines: `${IMAGE}namespace: elsewhere\n`,
    });
    expect(manifests).toContain(`expression: '''${OWN_REPOSITORY}:test'''`);
    const users = [...manifests.matchAll(/userInfo\.username == '([^']*)'/g)];
    expect(users.length).toBeGreaterThan(5);
    for (const [, user] of users) {
      expect(user).toBe(`system:serviceaccount:elsewhere:${DEPLOYED.name}`);
    }
  });

  it('have no expression that the API server finds wrong', async () => {
    const policies = await until(
      'all policies to be checked',
      async () => {
        const list = ['get', 'validatingadmissionpolicies', '--output', 'json'];
        const { items } = policyList.parse(JSON.parse(await cluster.kubectl(list)));
        const ours = items.filter(({ metadata }) => metadata.name.startsWith(POLICY));
        return ours.every(({ status }) => status?.typeChecking !== undefined) ? ours : undefined;
      },
      IN_FORCE,
    );
    const warnings = policies.flatMap(({ status }) => status?.typeChecking?.expressionWarnings);
    expect(policies.length).toBeGreaterThan(5);
    expect(warnings.filter((warning) => warning !== undefined)).toEqual([]);
  });

  it('do not refuse the same to anybody else', async () => {
    const { namespace } = cluster;
    for (const [name, { args, stdin }] of STOLEN_REQUESTS) {
      if (args[1] === 'token') continue;
      const input = stdin === undefined ? '' : JSON.stringify(stdin);
      const request = [...args, '--dry-run=server', '--namespace', namespace];
      await expect(cluster.kubectl(request, input), name).resolves.toBeDefined();
    }
  });

  it('are in the status of an exporter that cannot be created, because its image is another one', async () => {
    const operator = await cluster.startOperator({
      account,
      options: { image: 'mirror.example.com/deepflow-kafka-exporter:test' },
    });
    const exporter = await createResource(cluster, 'mirrored');
    const message = await exporter.condition('Ready', 'False ApplyFailed');
    expect(message).toContain(`may only run its own image, which is ${OWN_REPOSITORY}`);
    await operator.stop();
    await exporter.remove();
  });

  it('leave the operator all that it does, from creation to deletion', async () => {
    const operator = await cluster.startOperator({
      account,
      options: { image: `${OWN_REPOSITORY}:test` },
    });
    const report = {
      delivering: true,
      problems: [],
      missingColumns: [],
      shards: [],
      recordsExported: 0,
    };
    cluster.setReport({ ...report, credentialsRevision: 1 });
    await createSecret(cluster, 'kafka', { username: 'u', password: 'p' });
    const onDemand = {
      autoscaling: { maxReplicas: 2, targetCPUUtilizationPercentage: 80 },
      networkPolicy: {},
      podDisruptionBudget: { maxUnavailable: 1 },
    };
    const exporter = await createResource(cluster, 'whole', {
      sasl: { mechanism: 'PLAIN', credentialsSecretRef: { name: 'kafka' } },
      source: { http: { allowAnonymous: true } },
      universalTagTranslateToNameDisabled: true,
      ...onDemand,
    });
    await runPod(cluster.admin, 'whole');
    await exporter.condition('Ready', 'True Delivering');

    await cluster.admin.patch('secret', 'kafka', { stringData: { password: 'new' } });
    cluster.setReport({ ...report, credentialsRevision: 2 });
    await until(
      'revision 2 to be applied',
      async () => (await exporter.status()).credentials?.appliedRevision === 2,
      SOON,
    );

    await spoil(exporter.workload);
    await until(
      'the Deployment to be put right',
      async () =>
        !/busybox|hostNetwork|hostPath|NODE_OPTIONS|command|preStop/.test(
          await podOf(exporter.workload),
        ),
      SOON,
    );
    await exporter.change({
      source: { http: null, clickHouse: { url: 'http://clickhouse:8123' } },
      ...Object.fromEntries(Object.keys(onDemand).map((section) => [section, null])),
    });
    await until(
      'objects on demand and the Service of pushes to be deleted',
      () => deletedPaths(operator).size >= 4,
      SOON,
    );
    await exporter.remove();
    await operator.stop();
    expect(operator.calls.filter(({ code }) => ['403', '422'].includes(code))).toEqual([]);
  });
});

const policyList = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string() }),
      status: z
        .looseObject({
          typeChecking: z
            .looseObject({ expressionWarnings: z.array(z.unknown()).optional() })
            .optional(),
        })
        .optional(),
    }),
  ),
});

/** Changes a Deployment as a careless user does: in fields that the operator sets, and in others. */
async function spoil(name: string): Promise<void> {
  const containers = [
    {
      name: 'exporter',
      image: 'busybox',
      command: ['sleep'],
      env: [{ name: 'NODE_OPTIONS', value: '--inspect' }],
      lifecycle: { preStop: { exec: { command: ['true'] } } },
      securityContext: { allowPrivilegeEscalation: true },
      volumeMounts: [{ name: 'node', mountPath: '/node' }],
    },
    { name: 'helper', image: 'busybox' },
  ];
  const volumes = [{ name: 'node', hostPath: { path: '/tmp' } }];
  const change = { spec: { template: { spec: { containers, volumes, hostNetwork: true } } } };
  const target = ['patch', 'deployment', name, '--namespace', cluster.namespace];
  await cluster.kubectl([...target, '--type', 'strategic', '--patch', JSON.stringify(change)]);
}

async function podOf(name: string): Promise<string> {
  const live = await cluster.admin.get('deployment', name);
  return JSON.stringify(live?.['spec']);
}
