import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { HarnessError } from '../harness-error.ts';

export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  isRunning(): boolean;
  /** Sends SIGTERM to the process group, SIGKILL after ten seconds, and returns when its leader has ended. */
  stop(): Promise<void>;
  /** Sends SIGKILL to the process group and returns when its leader has ended. */
  kill(): Promise<void>;
  /**
   * Asks `isReady` every 100 ms until it answers true. A thrown error counts as not yet. Fails with the end of the
   * log when the process ends first or after `timeoutMs`.
   */
  waitUntil(isReady: () => Promise<boolean>, timeoutMs: number): Promise<void>;
}

const stopMs = 10_000;
const askMs = 100;
const logCharactersMax = 3_000;

/** Wraps a child that leads its own process group. Fails with one sentence when it could not be started. */
export async function createManagedProcess(
  name: string,
  child: ChildProcess,
  logPath: string,
): Promise<ManagedProcess> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(new HarnessError(`${name} could not be started: ${cause.message}`, { cause }));
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new HarnessError(`${name} could not be started.`);
  child.unref();
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!isRunning()) return;
    // The child was unreferenced so that a forgotten one does not keep this process alive; here it is waited for.
    child.ref();
    signalGroup(pid, signal);
    await ended;
  };
  return {
    name,
    pid,
    isRunning,
    kill: () => end('SIGKILL'),
    stop: async () => {
      const timer = setTimeout(() => {
        signalGroup(pid, 'SIGKILL');
      }, stopMs);
      await end('SIGTERM');
      clearTimeout(timer);
    },
    waitUntil: async (isReady, timeoutMs) => {
      const deadline = performance.now() + timeoutMs;
      while (isRunning() && performance.now() < deadline) {
        if (await isReady().catch(() => false)) return;
        await sleep(askMs);
      }
      const what = isRunning() ? `was not ready after ${timeoutMs / 1000} s` : 'ended';
      throw new HarnessError(`${name} ${what}; the end of its log:\n${await endOf(logPath)}`);
    },
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group ended between the look and the signal.
  }
}

async function endOf(logPath: string): Promise<string> {
  return (await readFile(logPath, 'utf8')).slice(-logCharactersMax);
}
