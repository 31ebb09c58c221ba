import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HarnessError } from '../harness-error.ts';
import { runsFolder } from '../settings.ts';
import { cleanRun } from './clean-run.ts';
import { recordLeftover } from './leftovers.ts';
import type { Leftover } from './leftovers.ts';
import { createManagedProcess } from './managed-process.ts';
import type { ManagedProcess } from './managed-process.ts';
import { identifyProcess } from './process-identity.ts';
import { sweepDeadRuns } from './sweep-dead-runs.ts';

export interface Program {
  /** Names the log file and error messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One started part: its folder, its processes and whatever else has to go when it ends. */
export interface Run {
  /** Six hexadecimal digits that keep the names of two runs apart. */
  readonly id: string;
  readonly folder: string;
  /** Starts a program in a process group of its own, with its output in the run's folder. */
  start(program: Program): Promise<ManagedProcess>;
  /** Notes something outside the folder that has to go with the run; call it before that comes to exist. */
  record(leftover: Leftover): void;
  /** Kills the programs, the last started first, and removes everything. A second call does nothing. */
  readonly stop: () => Promise<void>;
}

/**
 * Opens a run, after cleaning up those whose owners died. A reaper process watches this one and cleans up if it
 * ends without `stop`.
 */
export async function openRun(kind: string): Promise<Run> {
  requireTypeStripping();
  await sweepDeadRuns();
  const id = randomBytes(3).toString('hex');
  const folder = join(runsFolder(), `${kind}-${id}`);
  const owner = identifyProcess(process.pid);
  if (owner === undefined) throw new Error('The harness needs the /proc file system of Linux.');
  mkdirSync(folder, { recursive: true });
  const record = (leftover: Leftover): void => {
    recordLeftover(folder, leftover);
  };
  record({ kind: 'owner', ...owner });
  const reaper = startReaper(folder);
  const started: ManagedProcess[] = [];
  return {
    id,
    folder,
    record,
    start: async (program) => {
      const managed = await startProgram(folder, program);
      started.push(managed);
      const identity = identifyProcess(managed.pid);
      if (identity !== undefined) record({ kind: 'group', ...identity });
      return managed;
    },
    stop: async () => {
      // Nothing that they keep is needed again, so none is given time to write it down.
      for (const managed of started.splice(0).reverse()) await managed.kill();
      await cleanRun(folder);
      reaper.release();
    },
  };
}

/** The reaper and ClickHouse's server are TypeScript programs that this Node runs as they are. */
function requireTypeStripping(): void {
  // Node 20 lacks the property.
  if (process.features.typescript) return;
  throw new HarnessError(
    `The harness needs Node 24, and this is ${process.version}: run it through npm or npx, which put the project's own first.`,
  );
}

function startReaper(folder: string): { release(): void } {
  const script = fileURLToPath(new URL('reaper.ts', import.meta.url));
  const child = spawn(process.execPath, [script, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  const { stdin } = child;
  // A pipe to a child is a socket; left referenced it would keep this process alive.
  if (stdin instanceof Socket) stdin.unref();
  return {
    release: () => {
      stdin.end();
    },
  };
}

async function startProgram(folder: string, program: Program): Promise<ManagedProcess> {
  const logPath = join(folder, `${program.name}.log`);
  const log = await open(logPath, 'a');
  try {
    const child = spawn(program.command, program.args, {
      cwd: program.cwd ?? folder,
      env: { ...process.env, ...program.env },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    return await createManagedProcess(program.name, child, logPath);
  } finally {
    await log.close();
  }
}
