import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { freePorts } from '../harness/process/free-ports.ts';
import type { ManagedProcess } from '../harness/process/managed-process.ts';
import type { Run } from '../harness/process/run.ts';

/** Where the rows of an exporter come from. */
export type ExporterKind = 'reading' | 'pushed';

/** An exporter as a process of its own, as in a pod. */
export interface ExporterProcess {
  readonly kind: ExporterKind;
  readonly name: string;
  /** Of probes, metrics and the status. */
  readonly port: number;
  /** To which rows are pushed, where they are. */
  readonly pushPort: number;
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

/** What an exporter is started with. */
export interface ExporterStart {
  readonly kind: ExporterKind;
  /** The UID of the KafkaExporter to which it belongs. */
  readonly owner: string;
}

/** The exporters of one schedule. */
export interface Exporters {
  /** Those that run, the oldest first; of one kind or of all. */
  running(kind?: ExporterKind): readonly ExporterProcess[];
  /** By default one that reads ClickHouse and belongs to the present owner. */
  start(change?: Partial<ExporterStart>): Promise<ExporterProcess>;
  /** Those that start from now on belong to another KafkaExporter of the same name. */
  changeOwner(): void;
  /** Names of those that ended and were not told to; others were started in their place, as Kubernetes does. */
  readonly crashed: readonly string[];
  /** Ends all of them in order. */
  stop(): Promise<void>;
}

/** A process that is to run, and what to start in its place when it ends by itself. */
interface Expected {
  readonly managed: ManagedProcess;
  readonly asked: ExporterStart;
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
    /** Its folder, for configurations. */
    readonly folder: string;
    readonly configuration: (start: ExporterStart, pushPort: number) => object;
    readonly credentialsDirectory: string;
  },
): Exporters {
  const expected = new Map<ExporterProcess, Expected>();
  const crashed: string[] = [];
  let count = 0;
  let owners = 1;

  const start = async (change: Partial<ExporterStart> = {}): Promise<ExporterProcess> => {
    const asked: ExporterStart = { kind: 'reading', owner: `owner-${owners}`, ...change };
    const { kind } = asked;
    const name = `${options.schedule}-exporter-${++count}`;
    const clockFile = path.join(run.folder, 'clocks', name);
    await mkdir(path.dirname(clockFile), { recursive: true });
    await writeFile(clockFile, '0');
    const [port = 0, pushPort = 0] = await freePorts(2);
    const configPath = path.join(options.folder, `${name}.yaml`);
    await writeFile(configPath, dump(options.configuration(asked, pushPort)));
    const managed = await run.start({
      name,
      command: process.execPath,
      args: [
        ...['--import', SHIFTED_CLOCK, COMMAND, 'exporter', '--config', configPath],
        ...['--credentials', options.credentialsDirectory],
        ...['--port', String(port), '--log-level', 'debug'],
      ],
      env: { FAULTS_CLOCK_FILE: clockFile },
    });
    const signal = (name: NodeJS.Signals): void => {
      if (managed.isRunning()) process.kill(managed.pid, name);
    };
    const exporter: ExporterProcess = {
      kind,
      name,
      port,
      pushPort,
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
    expected.set(exporter, { managed, asked });
    return exporter;
  };
  const replaceCrashed = (): void => {
    for (const [exporter, { managed, asked }] of expected) {
      if (managed.isRunning()) continue;
      expected.delete(exporter);
      crashed.push(exporter.name);
      void start(asked);
    }
  };
  const supervisor = setInterval(replaceCrashed, LOOK_MS);
  return {
    running: (kind) =>
      [...expected.keys()].filter((exporter) => kind === undefined || exporter.kind === kind),
    start,
    changeOwner: () => {
      owners += 1;
    },
    crashed,
    stop: async () => {
      clearInterval(supervisor);
      await Promise.all([...expected.keys()].map((exporter) => exporter.stop()));
    },
  };
}
