import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StatusReport } from '../../../src/exporter/contract/status-report.ts';
import {
  type ClusterUnderTest,
  DEPLOYED,
  openNamespace,
  type OperatorUnderTest,
  SOON,
} from '../../integration/operator/cluster/cluster-under-test.ts';
import {
  type ResourceUnderTest,
  resourceUnderTest,
} from '../../integration/operator/cluster/resource-under-test.ts';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../harness/kubernetes/start-kubernetes.ts';
import { runPod } from '../../integration/operator/cluster/simulated-pods.ts';
import { untilCalm } from '../../integration/operator/cluster/until-calm.ts';
import { until } from '../../lib/until.ts';
import { allVersions } from '../all-versions.ts';
import { fileOf } from '../files-under.ts';
import { hasTools } from '../has-tools.ts';
import { runOperatorPods } from '../operator-pods.ts';
import { type FluxUnderTest, openFlux } from './flux-under-test.ts';

const EXPORTER = 'exporters/flow-logs.yaml';
const SECRET = 'sops/kafka-user.yaml';
const SUCCEEDED = 'True ReconciliationSucceeded';

const manifest = await fileOf(`examples/gitops/${EXPORTER}`);
const secretManifest = await fileOf(`examples/gitops/${SECRET}`);

/** The example's exporter with further lines in its spec. */
const withLines = (...lines: readonly string[]): string =>
  manifest.replace('spec:\n', `spec:\n${lines.map((line) => `  ${line}\n`).join('')}`);

function report(change: Partial<StatusReport> = {}): StatusReport {
  return {
    delivering: true,
    problems: [],
    missingColumns: [],
    shards: [],
    recordsExported: 1,
    credentialsRevision: 1,
    ...change,
  };
}

describe.skipIf(!(await hasTools('source-controller', 'kustomize-controller', 'sops')))(
  'Flux',
  () => {
    let kubernetes: KubernetesHandle;
    let flux: FluxUnderTest;
    let cluster: ClusterUnderTest;
    let operator: OperatorUnderTest;
    let exporter: ResourceUnderTest;

    beforeAll(async () => {
      kubernetes = await startKubernetes({ controllerManager: true });
      flux = await openFlux(kubernetes);
      cluster = await openNamespace(kubernetes, 'deepflow-export');
      exporter = resourceUnderTest(cluster, 'flow-logs');
    });
    afterAll(async () => {
      await operator.stop();
      await cluster.close();
      await flux.stop();
      await kubernetes.stop();
    });

    /** Commits, and waits until Flux says this of the exporters. */
    async function push(files: Readonly<Record<string, string>>, ready: string): Promise<string> {
      const commit = await flux.repository.commit(files);
      return flux.user.sync('exporters', commit, ready);
    }

    const spec = async (): Promise<unknown> =>
      (await cluster.admin.get('kafkaExporter', exporter.name))?.['spec'];

    /** Simulates the new pod of a rollout. */
    const roll = async (): Promise<void> => {
      await runPod(cluster.admin, exporter.name);
    };

    /** Names of the exporter's ConfigMaps with a text. */
    async function configsWith(text: string): Promise<string[]> {
      const all = await cluster.admin.list('configMap');
      return all
        .filter((object) => JSON.stringify(object['data'] ?? '').includes(text))
        .map(({ metadata }) => metadata.name);
    }

    const secretData = z.looseObject({ data: z.record(z.string(), z.string()) });
    async function publishedPassword(): Promise<string> {
      const { data } = secretData.parse(await cluster.admin.get('secret', exporter.workload));
      return Buffer.from(data['kafka-sasl-password'] ?? '', 'base64').toString();
    }

    it('installs the operator, and is done once its pods run', async () => {
      const kustomization = 'deepflow-kafka-exporter';
      await until(
        'Flux to wait for the operator',
        async () => {
          const { doing } = await flux.user.state(kustomization);
          return doing.startsWith('Running health checks');
        },
        // It has just been started, and reads the repository for the first time.
        { deadlineMs: 150_000 },
      );
      expect((await flux.user.state(kustomization)).ready).toBe('Unknown Progressing');
      await runOperatorPods(kubernetes);
      await until('the operator to be ready', async () => {
        const { ready } = await flux.user.state(kustomization);
        return ready === SUCCEEDED;
      });
      operator = await cluster.startOperator({ account: `${DEPLOYED.namespace}:${DEPLOYED.name}` });
    });

    it('is done with an exporter once it is Ready, and not before', async () => {
      await until('the exporter', () => cluster.admin.get('kafkaExporter', exporter.name));
      await exporter.condition('Ready', 'False Progressing');
      expect((await flux.user.state('exporters')).ready).toBe('Unknown Progressing');
      cluster.setReport(report());
      await roll();
      await exporter.condition('Ready', 'True Delivering');
      const { since } = await until('Flux to be done', () => flux.user.state('exporters'), {
        isWanted: ({ ready }) => ready === SUCCEEDED,
      });
      const { conditions = [] } = await exporter.status();
      const ready = conditions.find(({ type }) => type === 'Ready');
      expect(Date.parse(since)).toBeGreaterThanOrEqual(Date.parse(ready?.lastTransitionTime ?? ''));
    });

    it('decrypts the Secret that SOPS has encrypted, and the exporter gets it', async () => {
      expect(await flux.sops.encrypt(secretManifest)).not.toContain('change-me');
      expect(await publishedPassword()).toBe('change-me');
    });

    it('changes nothing when it reconciles a second and a tenth time', async () => {
      await untilCalm(operator);
      const before = await allVersions(kubernetes);
      expect([...before.keys()]).toContain('KafkaExporter deepflow-export/flow-logs');
      await flux.user.reconcileAgain('deepflow-kafka-exporter');
      for (let round = 0; round < 10; round += 1) await flux.user.reconcileAgain('exporters');
      expect(await allVersions(kubernetes)).toEqual(before);
    });

    it('brings a commit to the configuration of the Deployment', async () => {
      const commit = await flux.repository.commit({ [EXPORTER]: withLines('batchSize: 77') });
      await flux.user.fetch();
      await until(
        'the new configuration',
        async () => {
          const [first] = await configsWith('batchSize: 77');
          const deployment = JSON.stringify(
            await cluster.admin.get('deployment', exporter.workload),
          );
          return first !== undefined && deployment.includes(`"name":"${first}"`);
        },
        SOON,
      );
      await roll();
      await exporter.condition('Ready', 'True Delivering');
      await flux.user.sync('exporters', commit, SUCCEEDED);
    });

    it('puts back what somebody changes in an exporter; what somebody changes in its Deployment, the operator puts back', async () => {
      const generation = async (): Promise<unknown> =>
        (await cluster.admin.get('kafkaExporter', exporter.name))?.metadata.generation;
      const before = await generation();
      await kubernetes.kubectl([
        ...['--namespace', cluster.namespace, 'set', 'env'],
        ...[`deployment/${exporter.workload}`, 'EXTRA=1'],
      ]);
      await until(
        'the Deployment as it was',
        async () => {
          const live = JSON.stringify(await cluster.admin.get('deployment', exporter.workload));
          return !live.includes('EXTRA');
        },
        SOON,
      );
      await untilCalm(operator);
      expect(await generation()).toBe(before);

      await exporter.change({ endpoints: ['other:9092'], batchSize: 5 });
      await flux.user.reconcileAgain('exporters');
      expect(await spec()).toMatchObject({
        endpoints: ['broker1.example.com:9093'],
        batchSize: 77,
      });
      await exporter.condition('Ready', 'True Delivering');
    });

    it('leaves what somebody sets that Git does not have', async () => {
      await exporter.change({ suspend: true });
      await flux.user.reconcileAgain('exporters');
      expect(await spec()).toMatchObject({ suspend: true });
      await exporter.change({ suspend: null });
      await exporter.condition('Ready', 'True Delivering');
    });

    it('fails with the CRD’s message for an exporter that the API server refuses', async () => {
      const broken = manifest.replace('broker1.example.com:9093', 'https://broker1.example.com');
      expect(await push({ [EXPORTER]: broken }, 'False ReconciliationFailed')).toContain(
        'spec.endpoints[0]: Invalid value: "string": must be host:port, such as broker1.example.com:9092',
      );
    });

    it('fails at once for an exporter that only a change of its spec can help; the exporter has the operator’s message', async () => {
      const broken = withLines('exportFields: [nonsense]', 'batchSize: 77');
      expect(await push({ [EXPORTER]: broken }, 'False HealthCheckFailed')).toMatch(
        /failed early due to stalled resources: \[KafkaExporter\/deepflow-export\/flow-logs/,
      );
      expect(await exporter.condition('Stalled', 'True InvalidSpec')).toBe(
        'spec.exportFields[2]: must be a category, a field or a label, but is "nonsense"; the nearest is "events"; the last valid spec stays in force',
      );
    });

    it('continues after a correction', async () => {
      await push({ [EXPORTER]: withLines('batchSize: 77') }, SUCCEEDED);
      await exporter.condition('Ready', 'True Delivering');
    });

    it('brings a rotated Secret to the exporter', async () => {
      const rotated = secretManifest.replace('change-me', 'rotated-by-git');
      await push({ [SECRET]: await flux.sops.encrypt(rotated) }, SUCCEEDED);
      await exporter.condition('CredentialsApplied', 'False Trying');
      cluster.setReport(report({ credentialsRevision: 2 }));
      await exporter.condition('Ready', 'True Delivering');
      expect(await publishedPassword()).toBe('rotated-by-git');
    });

    it('applies nothing while its Kustomization is suspended', async () => {
      await flux.user.suspend('exporters', true);
      await untilCalm(operator);
      const before = await allVersions(kubernetes);
      const suspended = withLines('batchSize: 77', 'suspend: true');
      const commit = await flux.repository.commit({ [EXPORTER]: suspended });
      await flux.user.fetch();
      // It has time until another Kustomization has applied the same commit.
      await flux.user.sync('deepflow-kafka-exporter', commit, SUCCEEDED);
      expect(await allVersions(kubernetes)).toEqual(before);
      await flux.user.suspend('exporters', false);
      await flux.user.sync('exporters', commit, SUCCEEDED);
    });

    it('waits for an exporter that spec.suspend suspends once it has changes; the operator makes none of them', async () => {
      await exporter.condition('Suspended', 'True Suspended');
      const deployment = await cluster.admin.get('deployment', exporter.workload);
      const pending = withLines('batchSize: 78', 'suspend: true');
      await flux.repository.commit({ [EXPORTER]: pending });
      await flux.user.fetch();
      await exporter.condition('Ready', 'False Suspended');
      expect(await cluster.admin.get('deployment', exporter.workload)).toEqual(deployment);
      expect((await flux.user.state('exporters')).ready).toBe('Unknown Progressing');
      await push({ [EXPORTER]: withLines('batchSize: 77') }, SUCCEEDED);
    });

    it('deletes an exporter that goes from Git, and its objects go with it', async () => {
      const list = (await fileOf('examples/gitops/exporters/kustomization.yaml')).replace(
        /^.*flow-logs.*\n/m,
        '',
      );
      await push({ 'exporters/kustomization.yaml': list }, SUCCEEDED);
      await until('its objects to go', async () => {
        const left = [...(await allVersions(kubernetes)).keys()];
        return !left.some((object) => object.includes('/flow-logs'));
      });
    });

    it('leaves the CRD when the operator goes from Git', async () => {
      await flux.user.remove('deepflow-kafka-exporter');
      const left = [...(await allVersions(kubernetes)).keys()];
      expect(left.filter((object) => /operator/.test(object))).toEqual([]);
      expect(left).toContain('CustomResourceDefinition /kafkaexporters.export.deepflow.io');
    });
  },
);
