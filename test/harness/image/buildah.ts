import { join } from 'node:path';
import { runCommand } from '../commands/run-command.ts';
import { cacheFolder } from '../settings.ts';

/** The Debian packages that building an image takes. */
export const imageTools = [
  { name: 'buildah', provides: 'buildah' },
  { name: 'debootstrap', provides: 'debootstrap' },
] as const;

/** Runs buildah on a store of its own in the cache, apart from the user's images. Returns what it prints. */
export async function buildah(args: readonly string[]): Promise<string> {
  const store = join(cacheFolder(), 'images');
  const where = ['--root', join(store, 'root'), '--runroot', join(store, 'runroot')];
  return runCommand('buildah', [...where, '--storage-driver', 'overlay', ...args]);
}
