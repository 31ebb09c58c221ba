import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type ClusterUnderTest,
  DEPLOYED,
  openNamespace,
  type OperatorUnderTest,
  SOON,
} from '../../integration/operator/cluster/cluster-under-test.ts';
import {
  createSecret,
  type ResourceUnderTest,
  resourceUnderTest,
} from '../../integration/operator/cluster/resource-under-test.ts';
import { runPod } from '../../integration/operator/cluster/simulated-pods.ts';
import { untilCalm } from '../../integration/operator/cluster/until-calm.ts';
import { until } from '../../lib/until.ts';
import { allVersions } from '../all-versions.ts';
import { fileOf } from '../files-under.ts';
import { hasTools } from '../has-tools.ts';
import { runOperatorPods } from '../operator-pods.ts';
import { type ArgoCdUnderTest, exampleApplications, openArgoCd } from './argocd-under-test.ts';

const PATH = 'exporters/flow-logs.yaml';
const REPORT = {
  delivering: true,
  problems: [],
  missingColumns: [],
  shards: [],
  recordsExported: 1,
  credentialsRevision: 1,
};
const FLOW_LOGS = { namespace: 'deepflow-export', name: 'flow-logs' };

/** The ways in which Argo CD compares and applies. */
const WAYS = [
  { way: 'client', options: [], annotations: {} },
  { way: 'server-apply', options: ['ServerSideApply=true'], annotations: {} },
  {
    way: 'server-diff',
    options: ['ServerSideApply=true'],
    annotations: { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' },
  },
] as const;

/** All objects of the examples, each once, in a namespace of their own. */
async function allExamples(namespace: string): Promise<string> {
  const named = z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) });
  const examples = join(import.meta.dirname, '../../../examples');
  const files = readdirSync(examples).filter((file) => file.endsWith('.yaml'));
  const texts = await Promise.all(
    [...files, 'gitops/exporters/flow-logs.yaml'].map((file) => fileOf(`examples/${file}`)),
  );
  const objects = new Map<string, string>();
  for (const text of texts.flatMap((each, index) =>
    each.replaceAll('name: flow-logs\n', `name: flow-logs-${index}\n`).split(/^---$/m),
  )) {
    const { kind, metadata } = named.parse(loadAll(text)[0]);
    objects.set(`${kind} ${metadata.name}`, text.replaceAll('deepflow-export\n', `${namespace}\n`));
  }
  return [...objects.values()].join('\n---\n');
}

describe.skipIf(!(await hasTools('argocd', 'kustomize')))('Argo CD', () => {
  let argoCd: ArgoCdUnderTest;
  let cluster: ClusterUnderTest;
  let operator: OperatorUnderTest;
  let exporter: ResourceUnderTest;
  let manifest: string;
  let commit = '';

  beforeAll(async () => {
    manifest = await fileOf(`examples/gitops/${PATH}`);
    argoCd = await openArgoCd();
    cluster = await openNamespace(argoCd.kubernetes, FLOW_LOGS.namespace);
    exporter = resourceUnderTest(cluster, FLOW_LOGS.name);
    await argoCd.apply(await exampleApplications());
    commit = await argoCd.repository.commit({});
    await runOperatorPods(argoCd.kubernetes);
    await argoCd.user.reaches('deepflow-kafka-exporter', commit, 'Synced Healthy');
    operator = await cluster.startOperator({
      account: `${DEPLOYED.namespace}:${DEPLOYED.name}`,
      options: {
        namespaces: [FLOW_LOGS.namespace, ...WAYS.map(({ way }) => `deepflow-${way}`)],
      },
    });
  });
  afterAll(async () => {
    await operator.stop();
    await cluster.close();
    await argoCd.stop();
  });

  const reaches = (state: string): Promise<unknown> =>
    argoCd.user.reaches('exporters', commit, state);
  const health = (): Promise<string> => argoCd.user.health('exporters', FLOW_LOGS);
  const push = async (files: Readonly<Record<string, string>>): Promise<void> => {
    commit = await argoCd.repository.commit(files);
  };

  it('finds an exporter Progressing while it waits for a Secret, with the operator’s message', async () => {
    await reaches('Synced Progressing');
    await exporter.condition('CredentialsResolved', 'False SecretMissing');
    const said = await until('the message', health, {
      isWanted: (message) => message.includes('kafka-user'),
      ...SOON,
    });
    expect(said).toContain(
      'Progressing: Secret kafka-user (spec.sasl.credentialsSecretRef) does not exist; create it: kubectl create secret generic kafka-user',
    );
  });

  it('finds it Healthy once it is Ready, and shows its objects below it', async () => {
    await createSecret(cluster, 'kafka-user', { username: 'u', password: 'p' });
    cluster.setReport(REPORT);
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    await reaches('Synced Healthy');
    const tree = await argoCd.user.tree('exporters');
    const owner = 'KafkaExporter/flow-logs';
    const workload = 'flow-logs-exporter';
    expect(tree).toEqual(
      expect.arrayContaining([
        expect.stringMatching(`^ConfigMap/${workload}-[0-9a-f]+ < ${owner}$`),
        `Secret/${workload} < ${owner}`,
        `ServiceAccount/${workload} < ${owner}`,
        `Service/${workload} < ${owner}`,
        `Deployment/${workload} < ${owner}`,
        expect.stringMatching(`^ReplicaSet/${workload}-[0-9a-z]+ < Deployment/${workload}$`),
        expect.stringMatching(`^Pod/${workload}-[0-9a-z-]+ < ReplicaSet/${workload}-[0-9a-z]+$`),
      ]),
    );
  });

  it.each(WAYS)(
    'never finds a default out of sync, with all examples, compared and applied by the $way',
    async ({ annotations, options, way }) => {
      const namespace = `deepflow-${way}`;
      await push({ [`all/${way}/all.yaml`]: await allExamples(namespace) });
      const application = {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { name: way, namespace: 'argocd', annotations },
        spec: {
          project: 'default',
          source: { repoURL: argoCd.repository.url, targetRevision: 'main', path: `all/${way}` },
          destination: { server: 'https://kubernetes.default.svc', namespace },
          syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: options },
        },
      };
      await argoCd.apply(JSON.stringify(application));
      await until('a first sync', () => argoCd.user.refresh(way), {
        isWanted: ({ state }) => state.startsWith('Synced'),
      });
      const live = (await argoCd.user.tree(way)).filter((node) =>
        node.startsWith('KafkaExporter/'),
      );
      expect(live).toHaveLength(4);
      for (let round = 0; round < 3; round += 1) {
        const { problems, state, syncs } = await argoCd.user.refresh(way);
        expect({ problems, state: state.split(' ')[0], syncs }).toEqual({
          problems: [],
          state: 'Synced',
          syncs: 1,
        });
      }
    },
  );

  it('changes nothing when it compares a second and a tenth time', async () => {
    // The exporters of the examples were just made.
    await untilCalm(operator);
    const before = await allVersions(argoCd.kubernetes);
    expect([...before.keys()]).toContain('KafkaExporter deepflow-export/flow-logs');
    for (let round = 0; round < 10; round += 1) await argoCd.user.refresh('exporters');
    expect(await allVersions(argoCd.kubernetes)).toEqual(before);
  });

  it('suspends and resumes an exporter by actions, and does not undo them', async () => {
    const { user } = argoCd;
    expect(await user.actions('exporters', FLOW_LOGS)).toEqual(['restart', 'suspend']);
    await user.run('exporters', FLOW_LOGS, 'suspend');
    await exporter.condition('Suspended', 'True Suspended');
    await reaches('Synced Suspended');
    expect(await user.actions('exporters', FLOW_LOGS)).toEqual(['resume']);
    await user.run('exporters', FLOW_LOGS, 'resume');
    await exporter.condition('Ready', 'True Delivering');
    await reaches('Synced Healthy');
  });

  it('restarts the pods by an action, and does not undo it', async () => {
    const pods = async (): Promise<string[]> =>
      (await cluster.admin.list('pod'))
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata }) => metadata.name);
    const before = await pods();
    await argoCd.user.run('exporters', FLOW_LOGS, 'restart');
    await runPod(cluster.admin, exporter.name);
    await until('the old pod to go', async () => {
      const now = await pods();
      return now.length === 1 && now[0] !== before[0];
    });
    await exporter.condition('Ready', 'True Delivering');
    await reaches('Synced Healthy');
    expect(JSON.stringify(await cluster.admin.get('deployment', exporter.workload))).toContain(
      'export.deepflow.io/restartedAt',
    );
  });

  it('puts back what somebody changes in an exporter', async () => {
    await exporter.change({ endpoints: ['other:9092'] });
    await until('the spec as it is in Git', async () => {
      const live = await cluster.admin.get('kafkaExporter', exporter.name);
      return JSON.stringify(live?.['spec']).includes('"endpoints":["broker1.example.com:9093"]');
    });
    await exporter.condition('Ready', 'True Delivering');
  });

  it('finds an invalid exporter Degraded, with the operator’s message', async () => {
    await push({ [PATH]: manifest.replace('spec:\n', 'spec:\n  exportFields: [nonsense]\n') });
    await reaches('Synced Degraded');
    const said = await until('the message', health, {
      isWanted: (message) => message.includes('nonsense'),
      ...SOON,
    });
    expect(said).toBe(
      'Degraded: spec.exportFields[2]: must be a category, a field or a label, but is "nonsense"; the nearest is "events"; the last valid spec stays in force',
    );
    await push({ [PATH]: manifest });
    await reaches('Synced Healthy');
  });

  it('neither compares nor applies an exporter that the API server refuses, and has the CRD’s message', async () => {
    const broken = manifest.replace('broker1.example.com:9093', 'https://broker1.example.com');
    await push({ [PATH]: broken });
    const { problems, state } = await until('a problem', () => argoCd.user.refresh('exporters'), {
      isWanted: (found) => found.problems.length > 0,
    });
    expect(state).toMatch(/^Unknown /);
    expect(problems.join()).toContain('must be host:port, such as broker1.example.com:9092');
    await push({ [PATH]: manifest });
    await reaches('Synced Healthy');
  });

  it('deletes an exporter that goes from Git, and its objects go with it', async () => {
    const list = await fileOf('examples/gitops/exporters/kustomization.yaml');
    await push({ 'exporters/kustomization.yaml': list.replace(/^.*flow-logs.*\n/m, '') });
    await until('its objects to go', async () => {
      await argoCd.user.refresh('exporters');
      const left = [...(await allVersions(argoCd.kubernetes)).keys()];
      return !left.some((object) => object.includes('deepflow-export/flow-logs'));
    });
  });
});
