import { spawn } from 'node:child_process';
import { HarnessError } from '../harness-error.ts';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to the command's standard input, which is closed after it. */
  readonly stdin?: string;
}

const errorLines = 60;

/**
 * Runs a program to its end and returns its standard output as text. No shell takes part. Throws a HarnessError
 * with the last lines of its standard error when it ends with another code than 0 or cannot be started.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  // The kernel ends the command when this process dies, so that a killed test run leaves no compiler behind.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command that ends before it has read its input breaks the pipe; its exit code tells the story.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const output = Buffer.concat(stdout).toString();
  if (code === 0) return output;
  const said = `${Buffer.concat(stderr).toString()}${output}`.trim();
  throw new HarnessError(
    `${command} ${args.slice(0, 3).join(' ')} ended with code ${String(code)}: ${lastLines(said)}`,
  );
}

function lastLines(text: string): string {
  return text.split('\n').slice(-errorLines).join('\n');
}
