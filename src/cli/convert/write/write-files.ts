import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../process/usage-error.ts';

/** A file that a command writes. */
export interface OutputFile {
  readonly name: string;
  readonly text: string;
  /** True: only its owner may read it. */
  readonly isSecret?: boolean;
}

const FOR_OWNER = 0o600;
const FOR_ALL = 0o644;

/**
 * Writes files into a directory, which is made if it is not there. Files of the same names are replaced.
 *
 * @throws UsageError that names the file that cannot be written.
 */
export async function writeFiles(directory: string, files: readonly OutputFile[]): Promise<void> {
  for (const file of files) {
    const path = join(directory, file.name);
    const mode = file.isSecret === true ? FOR_OWNER : FOR_ALL;
    try {
      await mkdir(directory, { recursive: true });
      await writeFile(path, '', { mode, flag: 'a' });
      // A file that is there keeps its mode, so the mode is set before the text is in it.
      if (file.isSecret === true) await chmod(path, mode);
      await writeFile(path, file.text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UsageError(`${path} cannot be written: ${reason}`);
    }
  }
}
