import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../harness/commands/run-command.ts';
import { goTool } from '../../harness/go-tools/go-tool.ts';

/** The versions of Helm with which the chart is tested. */
export const HELMS = ['helm3', 'helm4'] as const;

/** The chart in this repository. */
export const CHART = join(import.meta.dirname, '../../../deploy/helm/deepflow-kafka-exporter');
/** The namespace into which the chart is installed. */
export const NAMESPACE = 'deepflow-kafka-exporter';

/** Values of a release. */
export type Values = Readonly<Record<string, unknown>>;

/** A version of Helm. */
export interface Helm {
  /** Runs a command on a release in {@link NAMESPACE}, with values. @throws HarnessError with what Helm says. */
  run(args: readonly string[], values?: Values): Promise<string>;
  /** What the chart renders, for the oldest Kubernetes. */
  template(values?: Values): Promise<string>;
  close(): Promise<void>;
}

/** Compiles Helm where it is not yet, and gives it a home of its own. */
export async function openHelm(
  name: (typeof HELMS)[number],
  kubeconfigPath?: string,
): Promise<Helm> {
  const program = (await goTool(name)).program('helm');
  const home = await mkdtemp(join(tmpdir(), 'helm-'));
  const env = {
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_DATA_HOME: join(home, 'data'),
    ...(kubeconfigPath !== undefined && { KUBECONFIG: kubeconfigPath }),
  };
  const run = (args: readonly string[], values?: Values): Promise<string> => {
    const given = values === undefined ? [] : ['--values', '-'];
    const all = [...args, '--namespace', NAMESPACE, ...given];
    return runCommand(program, all, { env, stdin: JSON.stringify(values ?? {}) });
  };
  return {
    run,
    template: (values = {}) =>
      run(['template', 'deepflow', CHART, '--kube-version', '1.30.0'], values),
    close: () => rm(home, { recursive: true }),
  };
}
