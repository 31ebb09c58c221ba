import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../settings.ts';
import { pathExists } from '../path-exists.ts';
import { withProgress } from '../progress.ts';
import { withFileLock } from './file-lock.ts';

export interface CacheEntry {
  /** What is kept and its version, which together name the folder: another version is another entry. */
  readonly name: string;
  readonly version: string;
  /** The step's title while the entry is filled, such as "compiling kube-apiserver". */
  readonly title: string;
}

/**
 * The path of a cached folder. Where it is missing, `fill` gets an empty folder to fill, which becomes the entry in
 * one rename: an interrupted or failed fill never counts as done. One process at a time fills an entry.
 */
export async function cacheEntry(
  entry: CacheEntry,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const { key, path } = placeOf(entry);
  if (await pathExists(path)) return path;
  return withFileLock(key, async () => {
    if (await pathExists(path)) return path;
    await removeInterrupted(path);
    await mkdir(dirname(path), { recursive: true });
    const folder = await mkdtemp(`${path}.filling-`);
    try {
      await withProgress(entry.title, () => fill(folder));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    await rename(folder, path);
    return path;
  });
}

/** Whether an entry is filled already. */
export async function isCached(entry: CacheEntry): Promise<boolean> {
  return pathExists(placeOf(entry).path);
}

function placeOf({ name, version }: CacheEntry): { readonly key: string; readonly path: string } {
  const key = `${name}-${version}`;
  return { key, path: join(cacheFolder(), key) };
}

/** Only the holder of the entry's lock fills it, so whatever is half filled here belongs to nobody. */
async function removeInterrupted(path: string): Promise<void> {
  const folder = dirname(path);
  if (!(await pathExists(folder))) return;
  for (const name of await readdir(folder)) {
    const candidate = join(folder, name);
    if (candidate.startsWith(`${path}.filling-`)) {
      await rm(candidate, { recursive: true, force: true });
    }
  }
}
