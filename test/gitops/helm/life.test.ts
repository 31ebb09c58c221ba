import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../harness/kubernetes/start-kubernetes.ts';
import { until } from '../../lib/until.ts';
import { hasTools } from '../has-tools.ts';
import { type FormerChart, NEW_FIELD, writeFormerChart } from './former-chart.ts';
import { CHART, type Helm, HELMS, NAMESPACE, openHelm } from './helm.ts';
import { type OperatorProcess, startOperatorProcess } from './operator-process.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
const CRD = 'kafkaexporters.export.deepflow.io';
const INSTALL = ['install', 'deepflow', CHART, '--create-namespace'];
/** Where KafkaExporters are in these tests. */
const HOME = 'flow-logs';

const EXPORTER = JSON.stringify({
  apiVersion: 'export.deepflow.io/v1alpha1',
  kind: 'KafkaExporter',
  metadata: { name: 'kept', namespace: HOME },
  spec: {
    dataSources: ['flow_log.l7_flow_log'],
    source: { clickHouse: { url: 'http://clickhouse.example.com:8123' } },
    endpoints: ['broker.example.com:9092'],
  },
});

describe.each(HELMS)('with %s and no node,', async (name) => {
  const available = await hasTools(name);

  describe.skipIf(!available)('the chart', () => {
    let kubernetes: KubernetesHandle;
    let helm: Helm;
    let former: FormerChart;
    let operator: OperatorProcess | undefined;

    beforeAll(async () => {
      kubernetes = await startKubernetes({ controllerManager: true });
      helm = await openHelm(name, kubernetes.kubeconfigPath);
      former = await writeFormerChart();
    });
    afterAll(async () => {
      await helm.close();
      await former.remove();
      await kubernetes.stop();
    });
    beforeEach(async () => {
      await kubernetes.kubectl(['create', 'namespace', HOME]);
    });
    afterEach(async () => {
      await operator?.stop();
      operator = undefined;
      await helm.run(['uninstall', 'deepflow', '--ignore-not-found']);
      const names = [`crd/${CRD}`, `namespace/${HOME}`, `namespace/${NAMESPACE}`];
      await kubernetes.kubectl(['delete', ...names, '--ignore-not-found']);
    });

    const get = (...args: readonly string[]): Promise<string> =>
      kubernetes.kubectl(['get', '--namespace', HOME, ...args]);
    const uidOf = (...object: readonly string[]): Promise<string> =>
      get(...object, '--output=jsonpath={.metadata.uid}');
    const revisionOf = (...object: readonly string[]): Promise<string> =>
      get(...object, '--output=jsonpath={.metadata.uid} {.metadata.generation}');
    const established = (): Promise<string> =>
      kubernetes.kubectl(['wait', '--for=condition=Established', `crd/${CRD}`, '--timeout=30s']);
    const newField = (): Promise<string> =>
      get('crd', CRD, `--output=jsonpath={..spec.properties.${NEW_FIELD}.type}`);
    const annotate = (team: string): Promise<string> =>
      kubernetes.kubectl([
        ...['patch', 'kfx', 'kept', '--namespace', HOME, '--type=merge'],
        `--patch=${JSON.stringify({ spec: { podTemplate: { annotations: { team } } } })}`,
      ]);
    const untilAnnotated = (team: string): Promise<string> =>
      until(
        `the Deployment with the annotation ${team}`,
        () =>
          get(
            'deployments',
            '--output=jsonpath={.items[*].spec.template.metadata.annotations.team}',
          ),
        { isWanted: (found) => found === team, deadlineMs: 30_000 },
      );

    it('keeps KafkaExporters, the CRD and what runs through upgrade, rollback and uninstalling', async () => {
      const { kubeconfigPath, kubectl } = kubernetes;
      await helm.run(['install', 'deepflow', former.path, '--create-namespace']);
      await established();
      expect(await newField()).toBe('');
      await kubectl(['create', '-f', '-'], EXPORTER);
      await annotate('first');
      operator = await startOperatorProcess(kubeconfigPath);
      await untilAnnotated('first');
      const state = (): Promise<readonly string[]> =>
        Promise.all([
          revisionOf('kfx', 'kept'),
          revisionOf('deployment', 'kept-exporter'),
          uidOf('crd', CRD),
        ]);
      const before = await state();

      await helm.run(['upgrade', 'deepflow', CHART]);
      expect(await newField()).toBe('object');
      expect(await state()).toEqual(before);

      await helm.run(['rollback', 'deepflow', '1']);
      expect(await newField()).toBe('');
      expect(await state()).toEqual(before);

      await operator.stop();
      await helm.run(['uninstall', 'deepflow']);
      expect(await state()).toEqual(before);
      expect(await get('clusterroles', '--output=name')).not.toContain('deepflow');

      await helm.run(INSTALL);
      expect(await newField()).toBe('object');
      expect(await state()).toEqual(before);
      operator = await startOperatorProcess(kubeconfigPath);
      await annotate('second');
      await untilAnnotated('second');
    });

    it('refuses what kubectl has installed, and takes it over with --take-ownership', async () => {
      await kubernetes.kubectl(['apply', '--server-side', '-k', DEPLOY]);
      await established();
      await kubernetes.kubectl(['create', '-f', '-'], EXPORTER);
      const before = await revisionOf('kfx', 'kept');
      await expect(helm.run(INSTALL)).rejects.toThrow(
        /exists and cannot be imported into the current release: invalid ownership metadata/,
      );
      await helm.run([...INSTALL, ...TAKE_OVER[name]]);
      const deployment = [
        'deployment',
        'deepflow-kafka-exporter-operator',
        '--namespace',
        NAMESPACE,
      ];
      const label = '--output=jsonpath={.metadata.labels.helm\\.sh/chart}';
      expect(await kubernetes.kubectl(['get', ...deployment, label])).toMatch(/^deepflow-/);
      expect(await revisionOf('kfx', 'kept')).toEqual(before);
      await helm.run(['uninstall', 'deepflow']);
      expect(await revisionOf('kfx', 'kept')).toEqual(before);
    });

    it('deletes the CRD with the release only where crds.keep is false', async () => {
      await helm.run(INSTALL, { crds: { keep: false } });
      await helm.run(['uninstall', 'deepflow']);
      await until('no CRD', () => get('crd', '--output=name'), {
        isWanted: (names) => !names.includes(CRD),
      });
    });

    it('is accepted with all that it can have, and with rights in named namespaces only', async () => {
      const values = {
        watchNamespaces: [HOME, NAMESPACE],
        admissionPolicy: { enabled: true },
        networkPolicy: { enabled: true },
        spread: 'Nodes',
        replicas: 3,
        podPatch: false,
        platformSecurityContext: true,
        image: { repository: 'registry.example.com/exporter', digest: `sha256:${'0a'.repeat(32)}` },
      };
      await helm.run(INSTALL, values);
      const account = `system:serviceaccount:${NAMESPACE}:deepflow-kafka-exporter-operator`;
      const may = (namespace: string): Promise<string> =>
        kubernetes.kubectl([
          ...['auth', 'can-i', '--list', '--no-headers', '--namespace', namespace],
          ...['--as', account],
        ]);
      expect(await may(HOME)).toMatch(/^pods .*\[list watch\]/m);
      expect(await may(NAMESPACE)).toMatch(/^leases\.coordination/m);
      expect(await may('default')).not.toMatch(/secrets|pods|leases/);
      expect(await helm.run(['upgrade', 'deepflow', CHART], values)).toContain('STATUS: deployed');
    });
  });
});

/** Helm 4 applies on the server, where the fields of kubectl are in the way. */
const TAKE_OVER = {
  helm3: ['--take-ownership'],
  helm4: ['--take-ownership', '--force-conflicts'],
} as const;
