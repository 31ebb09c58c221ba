import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** The files below a folder of this project, by their paths below `target`, as they are committed to a repository. */
export async function filesUnder(folder: string, target: string): Promise<Record<string, string>> {
  const source = join(ROOT, folder);
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Object.fromEntries(
    await Promise.all(
      files.map(async ({ name, parentPath }) => {
        const path = join(parentPath, name);
        return [join(target, path.slice(source.length + 1)), await readFile(path, 'utf8')] as const;
      }),
    ),
  );
}

/** A file of this project. */
export function fileOf(path: string): Promise<string> {
  return readFile(join(ROOT, path), 'utf8');
}
