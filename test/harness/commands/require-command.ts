import { delimiter, join } from 'node:path';
import { HarnessError } from '../harness-error.ts';
import { pathExists } from '../path-exists.ts';

/** True when a program of this name is on PATH. */
export async function hasCommand(name: string): Promise<boolean> {
  // Debian keeps the programs of root in folders that a user's PATH may lack.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    if (await pathExists(join(folder, name), true)) return true;
  }
  return false;
}

/** Throws one sentence when a program is missing; `remedy` says what to install or which variable to set. */
export async function requireCommand(name: string, remedy: string): Promise<void> {
  if (await hasCommand(name)) return;
  throw new HarnessError(`The program ${name} was not found: ${remedy}`);
}

/** Throws one sentence when this process is not root; `remedy` says which variable to set instead. */
export function requireRoot(purpose: string, remedy: string): void {
  if (process.getuid?.() === 0) return;
  throw new HarnessError(`${purpose} needs root: ${remedy}`);
}
