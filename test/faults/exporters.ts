import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../harness/process/free-ports.ts';
import type { ManagedProcess } from '../harness/process/managed-process.ts';
import type { Run } from '../harness/process/run.ts';

/** An exporter as a process of its own, as in a pod. */
export interface ExporterProcess {
  readonly name: string;
  readonly port: number;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>;
  /** SIGSTOP. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Sets how many milliseconds its clock is ahead. */
  setClock(aheadMs: number): Promise<void>;
}

/** The exporters of one schedule, all with one configuration. */
export interface Exporters {
  /** Those that run, the oldest first. */
  running(): readonly ExporterProcess[];
  start(): Promise<ExporterProcess>;
  /** Names of those that ended and were not told to; others were started in their place, as Kubernetes does. */
  readonly crashed: readonly string[];
  /** Ends all of them in order. */
  stop(): Promise<void>;
}

const COMMAND = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const SHIFTED_CLOCK = new URL('shifted-clock.ts', import.meta.url).href;
const LOOK_MS = 1_000;

/** Makes the exporters of a schedule; none runs yet. Their logs are in the folder of the run. */
export function createExporters(
  run: Run,
  options: {
    /** Names the exporters, and with them their logs. */
    readonly schedule: string;
    readonly configPath: string;
    readonly credentialsDirectory: string;
  },
): Exporters {
  const expected = new Map<ExporterProcess, ManagedProcess>();
  const crashed: string[] = [];
  let count = 0;

  const start = async (): Promise<ExporterProcess> => {
    const name = `${options.schedule}-exporter-${++count}`;
    const clockFile = path.join(run.folder, 'clocks', name);
    await mkdir(path.dirname(clockFile), { recursive: true });
    await writeFile(clockFile, '0');
    const [port = 0] = await freePorts(1);
    const managed = await run.start({
      name,
      command: process.execPath,
      args: [
        ...['--import', SHIFTED_CLOCK, COMMAND, 'exporter', '--config', options.configPath],
        ...['--credentials', options.credentialsDirectory],
        ...['--port', String(port), '--log-level', 'debug'],
      ],
      env: { FAULTS_CLOCK_FILE: clockFile },
    });
    const signal = (name: NodeJS.Signals): void => {
      if (managed.isRunning()) process.kill(managed.pid, name);
    };
    const exporter: ExporterProcess = {
      name,
      port,
      kill: () => {
        expected.delete(exporter);
        return managed.kill();
      },
      stop: () => {
        expected.delete(exporter);
        return managed.stop();
      },
      pause: () => {
        signal('SIGSTOP');
      },
      resume: () => {
        signal('SIGCONT');
      },
      setClock: (aheadMs) => writeFile(clockFile, String(aheadMs)),
    };
    expected.set(exporter, managed);
    return exporter;
  };
  const replaceCrashed = (): void => {
    for (const [exporter, managed] of expected) {
      if (managed.isRunning()) continue;
      expected.delete(exporter);
      crashed.push(exporter.name);
      void start();
    }
  };
  const supervisor = setInterval(replaceCrashed, LOOK_MS);
  return {
    running: () => [...expected.keys()],
    start,
    crashed,
    stop: async () => {
      clearInterval(supervisor);
      await Promise.all([...expected.keys()].map((exporter) => exporter.stop()));
    },
  };
}
