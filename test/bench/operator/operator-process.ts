import { cpuMicrosOf, MICROS } from '../measure.ts';
import { memoryOf, NODE_FLAGS } from '../exporter-process.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import type { Run } from '../../harness/process/run.ts';
import { until } from '../../lib/until.ts';

/** As in the pod of deploy/base/operator.yaml: Node's heap may have half of the memory limit. */
const HEAP = ['--max-old-space-size=192'];
const ENVIRONMENT = { MALLOC_ARENA_MAX: '1' };

/** An operator as it runs in a pod: the built command, with the flags of the image. */
export interface OperatorProcess {
  /** Milliseconds since 1970 at which the process was started. */
  readonly startedMs: number;
  /** Reconciliations that ended. */
  reconciliations(): Promise<number>;
  residentBytes(): number;
  peakResidentBytes(): number;
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** Starts an operator with a kubeconfig, and returns when it watches. */
export async function startOperatorProcess(
  run: Run,
  command: string,
  kubeconfigPath: string,
): Promise<OperatorProcess> {
  const [port = 0] = await freePorts(1);
  const options = ['--kubeconfig', kubeconfigPath, '--port', String(port)];
  const startedMs = Date.now();
  const managed = await run.start({
    name: `operator-${port}`,
    command: process.execPath,
    args: [
      ...[...NODE_FLAGS, ...HEAP, command, 'operator', ...options],
      ...['--exporter-image', 'none', '--pod-access', 'direct'],
    ],
    env: ENVIRONMENT,
  });
  const read = async (path: string): Promise<string | undefined> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    return answer?.ok === true ? answer.text() : undefined;
  };
  await until('the operator to be ready', () => read('/readyz'));
  return {
    startedMs,
    reconciliations: async () => {
      const text = (await read('/metrics')) ?? '';
      const counts = text.matchAll(/^controller_runtime_reconcile_total\{.*\} (\d+)$/gmv);
      return counts.reduce((sum, [, count]) => sum + Number(count), 0);
    },
    residentBytes: () => memoryOf(managed.pid, 'VmRSS'),
    peakResidentBytes: () => memoryOf(managed.pid, 'VmHWM'),
    cpuSeconds: () => cpuMicrosOf(managed.pid) / MICROS,
    stop: () => managed.stop(),
  };
}
