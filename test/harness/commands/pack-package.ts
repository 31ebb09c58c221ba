import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from '../cache/file-lock.ts';
import { HarnessError } from '../harness-error.ts';
import { runCommand } from './run-command.ts';

const ROOT = join(import.meta.dirname, '../../..');

/**
 * Makes the package as a release has it in a folder, and returns its path. One process at a time, since npm builds it in the
 * folder `dist` of the project: the files of a package must not change while they are packed.
 */
export async function packPackage(folder: string): Promise<string> {
  const pack = ['pack', '--silent', '--pack-destination', folder];
  await withFileLock('npm-pack', () => runCommand('npm', pack, { cwd: ROOT }));
  const packed = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  if (packed === undefined) throw new HarnessError('npm pack has made no package.');
  return join(folder, packed);
}
