import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder of the programs. */
export const PROGRAMS = fileURLToPath(new URL('../../src/cli/', import.meta.url));

/** How a command has ended, and what it has printed. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the program as a user does.
 *
 * @param file in the folder of the programs.
 * @param until ends the program with Ctrl-C once its output matches; undefined: it ends by itself.
 */
export function runProgram(
  file: string,
  args: readonly string[],
  { environment = {}, until }: { environment?: Record<string, string>; until?: RegExp } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [`${PROGRAMS}${file}`, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (until?.test(stdout) === true) child.kill('SIGINT');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
}
