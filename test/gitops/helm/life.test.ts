import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../harness/kubernetes/start-kubernetes.ts';
import { shellCommands } from '../../lib/shell-commands.ts';
import { until } from '../../lib/until.ts';
import { hasTools } from '../has-tools.ts';
import { type FormerChart, NEW_FIELD, writeFormerChart } from './former-chart.ts';
import { CHART, type Helm, HELMS, NAMESPACE, openHelm } from './helm.ts';
import { manifestsOf } from './manifests.ts';
import { type OperatorProcess, startOperatorProcess } from './operator-process.ts';
import { untilEstablished } from '../../harness/kubernetes/until-established.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
const CRD = 'kafkaexporters.export.deepflow.io';
const INSTALL = ['install', 'deepflow', CHART, '--create-namespace'];
/** Pages whose commands of Helm are run. */
const PAGES = ['deploy/helm/deepflow-kafka-exporter/README.md', 'docs/install.md'];
/** Where KafkaExporters are in these tests. */
const HOME = 'flow-logs';

const exporter = (name: string): string =>
  JSON.stringify({
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name, namespace: HOME },
    spec: {
      dataSources: ['flow_log.l7_flow_log'],
      source: { clickHouse: { url: 'http://clickhouse.example.com:8123' } },
      endpoints: ['broker.example.com:9092'],
    },
  });

describe.skipIf(!(await hasTools(...HELMS)))('a release, without a node,', () => {
  let kubernetes: KubernetesHandle;
  let former: FormerChart;

  beforeAll(async () => {
    kubernetes = await startKubernetes({ controllerManager: true });
    for (const namespace of [HOME, 'deepflow-export']) {
      await kubernetes.kubectl(['create', 'namespace', namespace]);
    }
    former = await writeFormerChart();
  });
  afterAll(async () => {
    await former.remove();
    await kubernetes.stop();
  });

  describe.each(HELMS)('with %s', (name) => {
    // Its own, because Kubernetes collects the objects of one whose CRD is deleted only some time later.
    const kept = `kept-${name}`;
    let helm: Helm;
    let operator: OperatorProcess | undefined;

    beforeAll(async () => {
      helm = await openHelm(name, kubernetes.kubeconfigPath);
    });
    afterAll(() => helm.close());
    afterEach(async () => {
      await operator?.stop();
      operator = undefined;
      await helm.run(['uninstall', 'deepflow', '--ignore-not-found']);
      await kubernetes.kubectl(['delete', 'crd', CRD, '--ignore-not-found']);
    });

    const get = (...args: readonly string[]): Promise<string> =>
      kubernetes.kubectl(['get', '--namespace', HOME, ...args]);
    const uidOf = (...object: readonly string[]): Promise<string> =>
      get(...object, '--output=jsonpath={.metadata.uid}');
    const revisionOf = (...object: readonly string[]): Promise<string> =>
      get(...object, '--output=jsonpath={.metadata.uid} {.metadata.generation}');
    const established = (): Promise<void> => untilEstablished(kubernetes.kubectl);
    const newField = (): Promise<string> =>
      get('crd', CRD, `--output=jsonpath={..spec.properties.${NEW_FIELD}.type}`);
    const annotate = (team: string): Promise<string> =>
      kubernetes.kubectl([
        ...['patch', 'kfx', kept, '--namespace', HOME, '--type=merge'],
        `--patch=${JSON.stringify({ spec: { podTemplate: { annotations: { team } } } })}`,
      ]);
    const untilAnnotated = (team: string): Promise<string> =>
      until(
        `the Deployment with the annotation ${team}`,
        () =>
          get(
            ...['deployment', `${kept}-exporter`, '--ignore-not-found'],
            '--output=jsonpath={.spec.template.metadata.annotations.team}',
          ),
        { isWanted: (found) => found === team },
      );

    it('keeps KafkaExporters, the CRD and what runs through upgrade, rollback and uninstalling', async () => {
      const { kubeconfigPath, kubectl } = kubernetes;
      await helm.run(['install', 'deepflow', former.path, '--create-namespace']);
      await established();
      expect(await newField()).toBe('');
      await kubectl(['create', '-f', '-'], exporter(kept));
      await annotate('first');
      operator = await startOperatorProcess(kubeconfigPath);
      await untilAnnotated('first');
      const state = (): Promise<readonly string[]> =>
        Promise.all([
          revisionOf('kfx', kept),
          revisionOf('deployment', `${kept}-exporter`),
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

      const changed = await state();
      await helm.run(['uninstall', 'deepflow']);
      expect(await state()).toEqual(changed);
    });

    it('refuses what kubectl has installed, and takes it over with --take-ownership', async () => {
      await kubernetes.kubectl(['apply', '--server-side', '-k', DEPLOY]);
      await established();
      await kubernetes.kubectl(['create', '-f', '-'], exporter(kept));
      const before = await revisionOf('kfx', kept);
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
      expect(await revisionOf('kfx', kept)).toEqual(before);
      await helm.run(['uninstall', 'deepflow']);
      expect(await revisionOf('kfx', kept)).toEqual(before);
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
        image: {
          repository: 'registry.example.com/exporter',
          digest: `sha256:${'0a'.repeat(32)}`,
        },
      };
      await helm.run(INSTALL, values);
      const restricted = 'pod-security.kubernetes.io/enforce=restricted';
      await kubernetes.kubectl(['label', 'namespace', NAMESPACE, restricted, '--overwrite']);
      const tested = manifestsOf(await helm.template(values)).find(({ kind }) => kind === 'Pod');
      await kubernetes.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(tested));
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

    it.each(PAGES)('is installed and changed by the commands of %s', async (page) => {
      const text = await readFile(join(DEPLOY, '..', page), 'utf8');
      const commands = shellCommands(text).filter((command) => /^helm (?!test)/.test(command));
      expect(commands.length).toBeGreaterThan(0);
      for (const command of commands) {
        const [, ...args] = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(
          ([, quoted, plain]) => quoted ?? plain ?? '',
        );
        await helm.run(args);
      }
      const images = '--output=jsonpath={.items[*].spec.template.spec.containers[*].image}';
      const deployments = ['get', 'deployments', '--namespace', NAMESPACE];
      expect(await kubernetes.kubectl([...deployments, images])).toMatch(/^registry\.example\.com/);
    });
  });

  it('of Helm 3 is upgraded and rolled back by Helm 4', async () => {
    const [three, four] = [
      await openHelm('helm3', kubernetes.kubeconfigPath),
      await openHelm('helm4', kubernetes.kubeconfigPath),
    ];
    await three.run(INSTALL);
    const upgraded = await four.run(['upgrade', 'deepflow', CHART], {
      podLabels: { team: 'net' },
    });
    expect(upgraded).toContain('REVISION: 2');
    await four.run(['rollback', 'deepflow', '1']);
    expect(await four.run(['history', 'deepflow'])).toContain('Rollback to 1');
    await three.close();
    await four.close();
  });
});

/** Helm 4 applies on the server, where the fields of kubectl are in the way. */
const TAKE_OVER = {
  helm3: ['--take-ownership'],
  helm4: ['--take-ownership', '--force-conflicts'],
} as const;
