import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireDebianPackages } from '../../harness/commands/debian-packages.ts';
import { runCommand } from '../../harness/commands/run-command.ts';
import { goTool } from '../../harness/go-tools/go-tool.ts';
import { openRun } from '../../harness/process/run.ts';

/** SOPS with a key of age. */
export interface Sops {
  /** The private key, as `age-keygen` writes it. */
  readonly keyFile: string;
  /** Encrypts a YAML file by `.sops.yaml`. */
  encrypt(text: string): Promise<string>;
  remove(): Promise<void>;
}

/** Makes a key, and puts its public part into the rules of `.sops.yaml`. */
export async function createSops(rules: string): Promise<Sops> {
  await requireDebianPackages(
    [{ name: 'age', provides: 'age-keygen' }],
    'run the tests of Flux elsewhere.',
  );
  const sops = (await goTool('sops')).program('sops');
  const run = await openRun('sops');
  const keyFile = join(run.folder, 'age.agekey');
  await runCommand('age-keygen', ['-o', keyFile]);
  const publicKey = (await runCommand('age-keygen', ['-y', keyFile])).trim();
  await writeFile(join(run.folder, '.sops.yaml'), rules.replace(/age1x+/, publicKey));
  return {
    keyFile,
    encrypt: async (text) => {
      const file = join(run.folder, 'secret.yaml');
      await writeFile(file, text);
      const options = { cwd: run.folder };
      await runCommand(sops, ['--disable-version-check', 'encrypt', '--in-place', file], options);
      return readFile(file, 'utf8');
    },
    remove: run.stop,
  };
}
