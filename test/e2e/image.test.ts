import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCommand } from '../harness/commands/run-command.ts';
import { buildImage, rebuildImage } from '../harness/image/build-image.ts';

const COMPRESSED_BYTES_MAX = 200_000_000;
const manifest = z.tuple([z.object({ Config: z.string(), Layers: z.array(z.string()) })]);

let folder: string;
let root: string;
let archivePath: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deepflow-image-'));
  root = join(folder, 'root');
  ({ archivePath } = await buildImage());
  await runCommand('mkdir', [root]);
  const { Layers: layers } = await manifestOf(archivePath);
  await runCommand('tar', ['--extract', '--file', archivePath, '--directory', folder]);
  for (const layer of layers) {
    await runCommand('tar', ['--extract', '--file', join(folder, layer), '--directory', root]);
  }
});
afterAll(() => rm(folder, { recursive: true }));

async function manifestOf(archive: string): Promise<z.infer<typeof manifest>[0]> {
  const text = await runCommand('tar', [
    '--extract',
    '--to-stdout',
    '--file',
    archive,
    'manifest.json',
  ]);
  return manifest.parse(JSON.parse(text))[0];
}

const inImage = (...command: readonly string[]): Promise<string> =>
  runCommand('chroot', [root, ...command]);

async function compressed(archive: string): Promise<string> {
  const path = join(folder, 'image.tar.gz');
  await pipeline(createReadStream(archive), createGzip(), createWriteStream(path));
  return path;
}

describe('the image', () => {
  it('has Node.js with its libraries and our program, which kubectl exec finds by its name', async () => {
    const version = await runCommand(process.execPath, ['src/cli/main.ts', '--version']);
    const main = '/app/dist/cli/main.js';
    expect(await inImage('/usr/local/bin/node', main, '--version')).toBe(version);
    expect(await inImage('/usr/local/bin/deepflow-kafka-exporter', '--version')).toBe(version);
  });

  it('has the libraries that the native packages load', async () => {
    const load = `for (const name of ['snappy', '@node-rs/crc32']) require('/app/node_modules/' + name)`;
    expect(await inImage('/usr/local/bin/node', '--eval', load)).toBe('');
  });

  it('has no shell, no package manager and no program that changes the user', async () => {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink());
    const programs = files.filter(
      ({ parentPath }) => /\/s?bin$/.test(parentPath) && !parentPath.includes('node_modules'),
    );
    expect(programs.map(({ name }) => name).toSorted()).toEqual([
      'deepflow-kafka-exporter',
      'node',
    ]);
    const modes = await Promise.all(
      files
        .filter((entry) => entry.isFile())
        .map(async ({ name, parentPath }) => (await stat(join(parentPath, name))).mode),
    );
    expect(modes.filter((mode) => (mode & 0o6000) !== 0)).toEqual([]);
  });

  it('has at most 200 MB when it is compressed', async () => {
    const { size } = await stat(await compressed(archivePath));
    expect(size).toBeLessThanOrEqual(COMPRESSED_BYTES_MAX);
  });

  it('has the same digest when it is built again from the same sources', async () => {
    const again = await rebuildImage(folder);
    expect(await manifestOf(again.archivePath)).toMatchObject(await manifestOf(archivePath));
  });
});
