import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { cacheEntry } from '../cache/cache-entry.ts';
import { withFileLock } from '../cache/file-lock.ts';
import type { BuiltImage } from './build-image.ts';
import { buildah } from './buildah.ts';

/** An image of one static program. It is built where the cache has none for this path of the program. */
export async function imageOfProgram(program: string, name: string): Promise<BuiltImage> {
  const version = basename(join(program, '..'));
  const folder = await cacheEntry(
    { name: 'program-image', version, title: `building ${name}` },
    (target) => withFileLock('image-store', () => build(program, name, target)),
  );
  return { name, archivePath: join(folder, 'image.tar') };
}

async function build(program: string, name: string, target: string): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'deepflow-program-'));
  try {
    await copyFile(program, join(context, 'program'));
    await writeFile(
      join(context, 'Dockerfile'),
      'FROM scratch\nCOPY program /program\nUSER 65532:65532\nENTRYPOINT ["/program"]\n',
    );
    await buildah(['bud', '--isolation', 'chroot', '--tag', name, context]);
    await buildah(['push', name, `docker-archive:${join(target, 'image.tar')}:${name}`]);
  } finally {
    await rm(context, { recursive: true });
  }
}
