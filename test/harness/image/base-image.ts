import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheEntry } from '../cache/cache-entry.ts';
import { runCommand } from '../commands/run-command.ts';
import { unmountUnder } from '../process/clean-run.ts';
import { buildah } from './buildah.ts';

const debianRelease = 'bookworm';
const npmVersion = '11.19.1';

/**
 * The name, in the harness's image store, of an image that stands in for `node:24-slim` where no registry can be
 * reached: Debian with the Node that runs this program, and npm. Takes a minute when it is not there yet.
 */
export async function baseImage(): Promise<string> {
  const version = `${process.versions.node}-npm-${npmVersion}-with-copyrights`;
  const name = `localhost/deepflow-base:${version}`;
  const entry = { name: 'base-image', version, title: 'building the base image' };
  await cacheEntry(entry, async (folder) => {
    const root = join(folder, 'root');
    try {
      await fillRoot(root);
      await commit(folder, root, name);
    } finally {
      // debootstrap mounts /proc there, and its removal must not reach into that.
      await unmountUnder(root);
      await rm(root, { recursive: true, force: true });
    }
  });
  return name;
}

async function fillRoot(root: string): Promise<void> {
  await mkdir(root);
  await runCommand('debootstrap', ['--variant=minbase', debianRelease, root]);
  await copyFile(process.execPath, join(root, 'usr', 'local', 'bin', 'node'));
  const prefix = join(root, 'usr', 'local');
  await runCommand('npm', ['install', '--global', '--prefix', prefix, `npm@${npmVersion}`]);
}

async function commit(folder: string, root: string, name: string): Promise<void> {
  const archive = join(folder, 'root.tar');
  const unwanted = ['./dev/*', './var/cache/apt/*', './var/lib/apt/lists/*'];
  const excludes = unwanted.map((pattern) => `--exclude=${pattern}`);
  await runCommand('tar', ['--create', '--file', archive, '--directory', root, ...excludes, '.']);
  const file = join(folder, 'Dockerfile');
  await writeFile(
    file,
    'FROM scratch\nADD root.tar /\nENV PATH=/usr/local/bin:/usr/bin:/bin\nCMD ["node"]\n',
  );
  await buildah(['bud', '--isolation', 'chroot', '--file', file, '--tag', name, folder]);
  await rm(archive);
}
