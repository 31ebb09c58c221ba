import { load } from 'js-yaml';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { exporterConfigSchema } from '../../../src/exporter/contract/exporter-config.ts';
import type { StatusReport } from '../../../src/exporter/contract/status-report.ts';
import { controllerUidOf, type KubeObject } from '../../../src/operator/kube/kube-object.ts';
import {
  type ClusterUnderTest,
  IMAGE,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from './cluster/cluster-under-test.ts';
import { until } from '../../lib/until.ts';
import {
  createResource,
  createSecret,
  type ResourceUnderTest,
} from './cluster/resource-under-test.ts';
import { lookAgain } from './cluster/until-calm.ts';
import { runPod } from './cluster/simulated-pods.ts';

const SASL = {
  securityProtocol: 'SASL_PLAINTEXT',
  mechanism: 'SCRAM-SHA-512',
  credentialsSecretRef: { name: 'kafka-user' },
};
const CHILDREN = ['configMap', 'deployment', 'secret', 'service', 'serviceAccount'] as const;

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;
let resource: ResourceUnderTest | undefined;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'reconcile');
  operator = await cluster.startOperator();
});

afterEach(async () => {
  await resource?.remove();
  resource = undefined;
  for (const secret of await cluster.admin.list('secret')) {
    if (controllerUidOf(secret) === undefined) {
      await cluster.admin.remove('secret', secret.metadata.name);
    }
  }
});

afterAll(async () => {
  await operator.stop();
  await cluster.close();
});

async function create(
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<ResourceUnderTest> {
  resource = await createResource(cluster, name, spec);
  return resource;
}

function report(change: Partial<StatusReport> = {}): StatusReport {
  return {
    delivering: true,
    problems: [],
    missingColumns: [],
    shards: [],
    recordsExported: 1,
    ...change,
  };
}

async function childrenOf(owner: string): Promise<KubeObject[]> {
  const uid = (await cluster.admin.get('kafkaExporter', owner))?.metadata.uid;
  const lists = await Promise.all(CHILDREN.map((kind) => cluster.admin.list(kind)));
  return lists.flat().filter((object) => controllerUidOf(object) === uid);
}

/** The object of a kind that a resource has. @throws with all of its objects and its status. */
async function childOf(owner: string, kind: (typeof CHILDREN)[number]): Promise<KubeObject> {
  const children = await childrenOf(owner);
  const child = children.find((each) => each.kind.toLowerCase() === kind.toLowerCase());
  if (child !== undefined) return child;
  const live = await cluster.admin.get('kafkaExporter', owner);
  const has = children.map((each) => each.kind).join(', ');
  throw new Error(`${owner} has no ${kind}, but ${has}; ${JSON.stringify(live?.['status'])}`);
}

const withData = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });

/** A Secret's content, decoded. */
function secretOf(object: KubeObject | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(withData.parse(object ?? {}).data).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString('utf8'),
    ]),
  );
}

/** A Secret's content, without the spec that the operator keeps in it. */
function filesOf(object: KubeObject | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secretOf(object)).filter(([key]) => key !== 'spec.json'),
  );
}

describe('a KafkaExporter', () => {
  it('becomes a ConfigMap, Secret, ServiceAccount, Service and Deployment, all owned', async () => {
    const exporter = await create('l7');
    await exporter.condition('Ready', 'False Progressing');
    const children = await childrenOf('l7');
    expect(children.map(({ kind }) => kind).toSorted()).toEqual([
      'ConfigMap',
      'Deployment',
      'Secret',
      'Service',
      'ServiceAccount',
    ]);
    const config = children.find(({ kind }) => kind === 'ConfigMap');
    const text = withData.parse(config).data['config.yaml'] ?? '';
    expect(exporterConfigSchema.parse(load(text)).resource).toBe(`${cluster.namespace}/l7`);
    expect(filesOf(children.find(({ kind }) => kind === 'Secret'))).toEqual({ revision: '1' });
    const deployment = children.find(({ kind }) => kind === 'Deployment');
    expect(JSON.stringify(deployment)).toContain(`"image":"${IMAGE}"`);
  });

  it('has a Service for pushed records, which is deleted when the source becomes ClickHouse', async () => {
    const exporter = await create('pushed', {
      source: { http: { allowAnonymous: true, port: 9_000 } },
      universalTagTranslateToNameDisabled: true,
    });
    await exporter.condition('Ready', 'False Progressing');
    const services = async (): Promise<string[]> =>
      (await childrenOf('pushed'))
        .filter(({ kind }) => kind === 'Service')
        .map(({ metadata }) => metadata.name)
        .toSorted();
    expect(await services()).toEqual(['pushed-exporter', 'pushed-exporter-push']);
    const clickHouse = { url: 'http://clickhouse:8123' };
    await exporter.change({ source: { http: null, clickHouse } });
    await until('the Service to go', async () => (await services()).length === 1, SOON);
    const deployment = await cluster.admin.get('deployment', exporter.workload);
    expect(JSON.stringify(deployment?.['spec'])).not.toContain('"containerPort":9000');
    await exporter.change({ source: { http: { allowAnonymous: true }, clickHouse: null } });
    await until('the Service to come back', async () => (await services()).length === 2, SOON);
  });

  it('is Ready when the pod is available and reports that it delivers, and then nothing is written', async () => {
    cluster.setReport(report());
    const exporter = await create('ready');
    await runPod(cluster.admin, exporter.name);
    expect(await exporter.condition('Ready', 'True Delivering')).toBe('records reach Kafka');
    const status = await exporter.status();
    expect(status.conditions?.map(({ type, status: value }) => `${type} ${value}`)).toEqual([
      'Ready True',
      'ConfigValid True',
      'CredentialsResolved True',
      'CredentialsApplied True',
      'WorkloadAvailable True',
      'Delivering True',
    ]);
    expect(status.readyReplicas).toBe(1);

    await lookAgain(operator, 1);
    const versions = async (): Promise<string[]> =>
      [await cluster.admin.get('kafkaExporter', 'ready'), ...(await childrenOf('ready'))].map(
        (object) => `${object?.kind ?? ''} ${object?.metadata.resourceVersion ?? ''}`,
      );
    const [before, writes] = [await versions(), operator.writes().length];
    await lookAgain(operator, 10);
    expect(await versions()).toEqual(before);
    expect(operator.writes().slice(writes)).toEqual([]);

    await operator.stop();
    operator = await cluster.startOperator();
    await lookAgain(operator, 2);
    expect(operator.writes()).toEqual([]);
    expect(await versions()).toEqual(before);
  });

  it("shows the pod's first problem word for word, and recovers", async () => {
    const message = 'table flow_log.l7_flow_log does not exist in ClickHouse';
    const since = '2026-01-01T00:00:00Z';
    cluster.setReport(
      report({ delivering: false, problems: [{ reason: 'TableMissing', message, since }] }),
    );
    const exporter = await create('problem');
    await runPod(cluster.admin, exporter.name);
    expect(await exporter.condition('Delivering', 'False TableMissing')).toBe(message);
    expect(await exporter.condition('Ready', 'False TableMissing')).toBe(message);
    expect(await exporter.condition('Reconciling', 'True TableMissing')).toBe(message);
    cluster.setReport(report());
    await exporter.condition('Ready', 'True Delivering');
    await until(
      'both Events',
      async () => {
        const events = await cluster.admin.list('event');
        const said = events.map((event) => `${String(event['type'])} ${String(event['note'])}`);
        const both = [`Warning ${message}`, 'Normal records reach Kafka'];
        return both.every((text) => said.includes(text));
      },
      SOON,
    );
  });

  it('says which columns its tables lack, once, and stays Ready', async () => {
    const missingColumns = [{ dataSource: 'flow_log.l7_flow_log', columns: ['biz_type'] }];
    cluster.setReport(report({ missingColumns }));
    const exporter = await create('incomplete');
    await runPod(cluster.admin, exporter.name);
    const message = await exporter.condition('RecordsIncomplete', 'True ColumnsMissing');
    expect(message).toContain('the table of flow_log.l7_flow_log lacks biz_type');
    await exporter.condition('Ready', 'True Delivering');
    const noted = async (): Promise<number> =>
      (await cluster.admin.list('event')).filter((event) => event['note'] === message).length;
    await until('the Event', async () => (await noted()) > 0, SOON);
    await lookAgain(operator, 1);
    const writes = operator.writes().length;
    await lookAgain(operator, 10);
    expect(operator.writes().slice(writes)).toEqual([]);
    expect(await noted()).toBe(1);
    cluster.setReport(report());
    await until(
      'the condition to go',
      async () => {
        const { conditions = [] } = await exporter.status();
        return !conditions.some(({ type }) => type === 'RecordsIncomplete');
      },
      SOON,
    );
  });

  it('says that another resource writes its topic, and that it has more shards than in its spec', async () => {
    cluster.setReport(report({ shardCount: 16 }));
    const topic = 'shared.{table}';
    const endpoints = ['broker:9092', 'broker-2:9092'];
    const other = await createResource(cluster, 'other', { topic, endpoints });
    const exporter = await create('sharing', { topic, delivery: { shards: 8 } });
    await runPod(cluster.admin, exporter.name);
    expect(await exporter.condition('ShardsDiffer', 'True MoreShards')).toContain('is 8, but 16');
    expect(await exporter.condition('TopicShared', 'True AnotherResource')).toContain(
      `topic shared.l7_flow_log is also written by KafkaExporter ${cluster.namespace}/other:`,
    );
    await exporter.condition('Ready', 'True Delivering');
    const events = async (reason: string): Promise<number> =>
      (await cluster.admin.list('event')).filter((event) => event['reason'] === reason).length;
    await until(
      'the Events',
      async () => (await events('MoreShards')) === 1 && (await events('AnotherResource')) > 0,
      SOON,
    );
    await other.remove();
    await until(
      'the topic to be written by one resource',
      async () => !(await exporter.status()).conditions?.some(({ type }) => type === 'TopicShared'),
      SOON,
    );
  });

  it('rolls out a changed spec and prunes the old configuration afterwards', async () => {
    cluster.setReport(report());
    const exporter = await create('changing');
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    const [first] = await cluster.admin.list('configMap').then(owned);
    await exporter.change({ batchSize: 2_000 });
    await exporter.condition('Ready', 'False Progressing');
    expect(await cluster.admin.list('configMap').then(owned)).toHaveLength(2);
    const hash = async (): Promise<string> => (await exporter.status()).config?.hash ?? 'no hash';
    expect(first).toContain(await hash());
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    await until(
      'the old pod to go',
      async () => {
        const pods = await cluster.admin.list('pod');
        return !JSON.stringify(pods).includes(first ?? '');
      },
      SOON,
    );
    await until(
      'the old configuration to go',
      async () => {
        const left = await cluster.admin.list('configMap').then(owned);
        return left.length === 1 && left[0] !== first;
      },
      SOON,
    );
    const [second = ''] = await cluster.admin.list('configMap').then(owned);
    // The operator may hear that the rollout is complete before it hears that the old pod is gone.
    await until('its hash in the status', async () => second.endsWith(await hash()), SOON);
  });

  it('is scaled to zero by enabled: false and is Ready', async () => {
    cluster.setReport(report());
    const exporter = await create('switch');
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    await exporter.change({ enabled: false });
    await exporter.condition('Ready', 'True Disabled');
    expect(await cluster.admin.list('pod')).toEqual([]);
  });

  it('is not changed while it is suspended', async () => {
    cluster.setReport(report());
    const exporter = await create('paused');
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    await exporter.change({ suspend: true });
    await exporter.condition('Suspended', 'True Suspended');
    await exporter.condition('Ready', 'True Delivering');
    await exporter.change({ queueCount: 8 });
    await exporter.condition('Ready', 'False Suspended');
    expect(await cluster.admin.list('configMap').then(owned)).toHaveLength(1);
    await exporter.change({ suspend: false });
    await exporter.condition('Ready', 'False Progressing');
  });

  it('is stalled at once when its spec is invalid, and says why', async () => {
    const exporter = await create('invalid', {
      source: { clickHouse: { url: 'http://c:1', startFrom: '2026-13-45T00:00:00Z' } },
    });
    const message = await exporter.condition('Stalled', 'True InvalidSpec');
    expect(message).toBe(
      'spec.source.clickHouse.startFrom: must be Now, Earliest or an RFC 3339 time',
    );
    expect(await childrenOf('invalid')).toEqual([]);
    await exporter.change({ source: { clickHouse: { startFrom: 'Now' } } });
    await exporter.condition('Ready', 'False Progressing');
  });

  it('says why the API server refuses its pods', async () => {
    const exporter = await create('rejected', {
      podTemplate: { labels: { 'not a label!': 'x' } },
    });
    const message = await exporter.condition('Stalled', 'True ObjectRejected');
    expect(message).toContain('Deployment.apps "rejected-exporter" is invalid');
    expect(message).toContain('not a label!');
  });

  it('does not change an object of another owner', async () => {
    const { admin, namespace } = cluster;
    await admin.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'taken-exporter', namespace },
      spec: { ports: [{ port: 80 }] },
    });
    const exporter = await create('taken');
    expect(await exporter.condition('Stalled', 'True NameConflict')).toContain(
      'Service taken-exporter exists, but this resource does not own it; delete it',
    );
    const service = await admin.get('service', 'taken-exporter');
    expect(service?.metadata.ownerReferences).toBeUndefined();
    await admin.remove('service', 'taken-exporter');
    operator.resync();
    await exporter.condition('Ready', 'False Progressing');
  });

  it('writes amounts and ports that the API server rewrites only once', async () => {
    cluster.setReport(report());
    const exporter = await create('amounts', {
      podTemplate: {
        resources: { requests: { cpu: '1000m', memory: '0.5Gi' }, limits: { memory: '1024Mi' } },
        tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
        annotations: { amount: '1000m' },
      },
    });
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    await lookAgain(operator, 2);
    const writes = operator.writes().length;
    await lookAgain(operator, 5);
    expect(operator.writes().slice(writes)).toEqual([]);
    await exporter.change({ podTemplate: { annotations: null } });
    await until(
      'the annotation to go',
      async () => {
        const deployment = await cluster.admin.get('deployment', 'amounts-exporter');
        return !JSON.stringify(deployment?.['spec']).includes('"amount"');
      },
      SOON,
    );
  });
});

describe('a change that a user makes by hand', () => {
  it('stays: the number of pods, if the spec does not set it', async () => {
    const exporter = await create('scaled');
    await exporter.condition('Ready', 'False Progressing');
    const replicas = async (): Promise<unknown> => {
      const live = await cluster.admin.get('deployment', 'scaled-exporter');
      return z.looseObject({ spec: z.looseObject({ replicas: z.int() }) }).parse(live).spec
        .replicas;
    };
    expect(await replicas()).toBe(1);
    const configuration = async (): Promise<string | undefined> => {
      const live = JSON.stringify(await cluster.admin.get('deployment', 'scaled-exporter'));
      return /"scaled-exporter-[0-9a-f]+"/.exec(live)?.[0];
    };
    const former = await configuration();
    await cluster.admin.patch('deployment', 'scaled-exporter', { spec: { replicas: 3 } });
    await exporter.change({ batchSize: 512 });
    await exporter.condition('Ready', 'False Progressing');
    await until(
      'the new configuration to reach the Deployment',
      async () => (await configuration()) !== former,
      SOON,
    );
    expect((await exporter.status()).config).toBeUndefined();
    expect(await replicas()).toBe(3);
    await exporter.change({ enabled: false });
    await until('no pods', async () => (await replicas()) === 0, SOON);
  });

  it.each(CHILDREN)('is undone: a deleted %s', async (kind) => {
    const exporter = await create('deleted');
    await exporter.condition('Ready', 'False Progressing');
    const child = await childOf('deleted', kind);
    await cluster.admin.remove(kind, child.metadata.name);
    const again = await until(
      'the object to come back',
      async () => {
        const live = await cluster.admin.get(kind, child.metadata.name);
        return live !== undefined && live.metadata.uid !== child.metadata.uid ? live : undefined;
      },
      SOON,
    );
    expect(controllerUidOf(again)).toBe(controllerUidOf(child));
  });

  it.each([
    ['deployment', { spec: { replicas: 3 } }],
    ['deployment', { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } }],
    ['deployment', { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } }],
    ['service', { spec: { publishNotReadyAddresses: false } }],
    ['serviceAccount', { automountServiceAccountToken: true }],
    ['configMap', { metadata: { labels: { 'export.deepflow.io/exporter': 'other' } } }],
    ['secret', { metadata: { labels: { 'app.kubernetes.io/part-of': 'x' } } }],
  ] as const)('is undone: a %s with %j', async (kind, patch) => {
    const exporter = await create('edited', { replicas: 2 });
    await exporter.condition('Ready', 'False Progressing');
    const { name } = (await childOf('edited', kind)).metadata;
    const part = (object: KubeObject | undefined): unknown => ({
      labels: object?.metadata.labels,
      spec: object?.['spec'],
      automount: object?.['automountServiceAccountToken'],
    });
    const before = part(await cluster.admin.get(kind, name));
    const changed = part(await cluster.admin.patch(kind, name, patch));
    expect(changed).not.toEqual(before);
    await until(
      'the change to be undone',
      async () => {
        const live = part(await cluster.admin.get(kind, name));
        return JSON.stringify(live) === JSON.stringify(before);
      },
      SOON,
    );
  });
});

describe('credentials', () => {
  it('are waited for, and then work without a restart', async () => {
    cluster.setReport(report({ credentialsRevision: 1 }));
    const exporter = await create('waiting', { sasl: SASL });
    const missing = await exporter.condition('CredentialsResolved', 'False SecretMissing');
    expect(missing).toContain('Secret kafka-user (spec.sasl.credentialsSecretRef) does not exist');
    expect(missing).toContain('kubectl create secret generic kafka-user');
    await exporter.condition('Reconciling', 'True SecretMissing');
    expect((await childrenOf('waiting')).map(({ kind }) => kind)).not.toContain('Deployment');
    await createSecret(cluster, 'kafka-user', { username: 'u' });
    const incomplete = await exporter.condition('CredentialsResolved', 'False SecretKeyMissing');
    expect(incomplete).toContain('has no key password');
    await cluster.admin.patch('secret', 'kafka-user', { stringData: { password: 'p' } });
    await exporter.condition('CredentialsResolved', 'True Resolved');
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    expect(filesOf(await cluster.admin.get('secret', 'waiting-exporter'))).toEqual({
      'kafka-sasl-username': 'u',
      'kafka-sasl-password': 'p',
      revision: '1',
    });
  });

  it('that are missing are there after the command of the message, word for word', async () => {
    const exporter = await create('command', { sasl: SASL });
    const missing = await exporter.condition('CredentialsResolved', 'False SecretMissing');
    const command = missing.replace(/^.*create it: kubectl /, '');
    await cluster.kubectl(command.split(' '));
    await exporter.condition('CredentialsResolved', 'True Resolved');
  });

  it('that change get one new revision, the pods are annotated, and the status follows their reports', async () => {
    cluster.setReport(report({ credentialsRevision: 1 }));
    await createSecret(cluster, 'kafka-user', { username: 'u', password: 'p' });
    const exporter = await create('rotating', { sasl: SASL });
    const pod = await runPod(cluster.admin, exporter.name);
    await exporter.condition('CredentialsApplied', 'True Applied');
    await cluster.admin.patch('secret', 'kafka-user', { metadata: { labels: { a: 'b' } } });
    await cluster.admin.patch('secret', 'kafka-user', { stringData: { password: 'new' } });
    const message = await exporter.condition('CredentialsApplied', 'False Trying');
    expect(message).toBe(
      'revision 2 of the credentials is resolved, and the pods try it; revision 1 stays published, and is in use by 1 of 1 pods',
    );
    await until(
      'the annotation of the pod',
      async () => {
        const live = await cluster.admin.get('pod', pod.metadata.name);
        const value = live?.metadata.annotations?.['export.deepflow.io/credentials-revision'];
        return value === '2';
      },
      SOON,
    );
    const published = { 'kafka-sasl-username': 'u', 'kafka-sasl-password': 'p', revision: '1' };
    const tried = { 'kafka-sasl-username': 'u', 'kafka-sasl-password': 'new', revision: '2' };
    expect(secretOf(await cluster.admin.get('secret', 'rotating-exporter'))).toMatchObject({
      ...published,
      ...Object.fromEntries(
        Object.entries(tried).map(([key, value]) => [`candidate.${key}`, value]),
      ),
    });
    expect((await exporter.status()).credentials).toEqual({
      desiredRevision: 2,
      appliedRevision: 1,
    });
    cluster.setReport(report({ credentialsRevision: 2 }));
    await exporter.condition('Ready', 'True Delivering');
    expect(filesOf(await cluster.admin.get('secret', 'rotating-exporter'))).toEqual(tried);
    expect((await exporter.status()).credentials).toEqual({
      desiredRevision: 2,
      appliedRevision: 2,
    });
    const live = await cluster.admin.get('pod', pod.metadata.name);
    expect(live?.metadata.uid).toBe(pod.metadata.uid);
  });

  it('that become invalid are refused, and the last valid ones stay in use', async () => {
    cluster.setReport(report({ credentialsRevision: 1 }));
    await createSecret(cluster, 'kafka-user', { username: 'u', password: 'p' });
    const exporter = await create('breaking', { sasl: SASL });
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    const before = await cluster.admin.get('secret', 'breaking-exporter');
    await cluster.admin.patch('secret', 'kafka-user', { data: { password: '' } });
    expect(await exporter.condition('Ready', 'False SecretValueEmpty')).toContain(
      'the last valid credentials stay in use',
    );
    await cluster.admin.remove('secret', 'kafka-user');
    await exporter.condition('Ready', 'False SecretMissing');
    expect(await cluster.admin.get('secret', 'breaking-exporter')).toEqual(before);
    await createSecret(cluster, 'kafka-user', { username: 'u', password: 'p' });
    await exporter.condition('Ready', 'True Delivering');
    expect(secretOf(await cluster.admin.get('secret', 'breaking-exporter'))['revision']).toBe('1');
  });

  it('whose copy was deleted get a revision that no pod has seen', async () => {
    cluster.setReport(report({ credentialsRevision: 1 }));
    await createSecret(cluster, 'kafka-user', { username: 'u', password: 'p' });
    const exporter = await create('copy', { sasl: SASL });
    await exporter.condition('CredentialsResolved', 'True Resolved');
    await until(
      'the revision in the status',
      async () => (await exporter.status()).credentials?.desiredRevision === 1,
      SOON,
    );
    await cluster.admin.remove('secret', 'copy-exporter');
    await until(
      'the copy to come back',
      async () => {
        const copy = await cluster.admin.get('secret', 'copy-exporter');
        return secretOf(copy)['revision'] === '2';
      },
      SOON,
    );
  });
});

function owned(objects: readonly KubeObject[]): string[] {
  return objects
    .filter((object) => controllerUidOf(object) !== undefined)
    .map(({ metadata }) => metadata.name);
}
