import { createHash } from 'node:crypto';
import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheEntry } from '../cache/cache-entry.ts';
import { withFileLock } from '../cache/file-lock.ts';
import { requireDebianPackages } from '../commands/debian-packages.ts';
import { requireRoot } from '../commands/require-command.ts';
import { pathExists } from '../path-exists.ts';
import { cacheFolder, setting } from '../settings.ts';
import { baseImage } from './base-image.ts';
import { buildah, imageTools } from './buildah.ts';

export interface BuiltImage {
  /** What a pod's `image` has to say, with imagePullPolicy IfNotPresent or Never. */
  readonly name: string;
  /** A docker archive, for a cluster's `loadImage`. */
  readonly archivePath: string;
}

export interface ImageOptions {
  /** The part of the image's name after the colon; `dev` by default. */
  readonly tag?: string;
}

const repository = 'localhost/deepflow-kafka-exporter';
const remedy =
  'build the Dockerfile elsewhere and set TEST_KUBECONFIG to a cluster that has the image.';
const checkout = fileURLToPath(new URL('../../..', import.meta.url));
/** Everything that the Dockerfile copies, and itself. */
const sources = [
  'Dockerfile',
  '.dockerignore',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'src',
];
const keptMax = 3;
/** One time for all files and layers: the same sources are the same bytes. */
const reproducible = ['--timestamp', '0'];

/**
 * Builds the project's image from the Dockerfile on a base image of the harness's own, and returns its name and
 * archive. An unchanged tree is not built again, and `npm ci` runs again only when the lock file changed.
 */
export async function buildImage(options: ImageOptions = {}): Promise<BuiltImage> {
  requireRoot('Building an image', remedy);
  await requireDebianPackages(imageTools, remedy);
  const name = `${repository}:${options.tag ?? 'dev'}`;
  const base = await baseImage();
  const version = await hashSources([name, base, ...reproducible]);
  const folder = await cacheEntry(
    { name: 'image', version, title: `building ${name}` },
    async (target) => {
      await removeOldImages();
      await build(target, { name, base, fresh: false });
    },
  );
  return { name, archivePath: join(folder, 'image.tar') };
}

/** The same image, with each step run again, as an archive in a folder. */
export async function rebuildImage(folder: string): Promise<BuiltImage> {
  const name = `${repository}:again`;
  await build(folder, { name, base: await baseImage(), fresh: true });
  return { name, archivePath: join(folder, 'image.tar') };
}

interface Build {
  readonly name: string;
  readonly base: string;
  /** Run each step again. */
  readonly fresh: boolean;
}

async function build(target: string, { base, fresh, name }: Build): Promise<void> {
  // Two trees share the name in the image store, and a push goes by name.
  await withFileLock('image-store', async () => {
    await buildah([
      ...['bud', '--layers', ...reproducible, ...(fresh ? ['--no-cache'] : [])],
      ...['--isolation', 'chroot'],
      ...['--build-arg', `BASE_IMAGE=${base}`],
      ...(await authorityArguments()),
      ...['--file', join(checkout, 'Dockerfile'), '--tag', name, checkout],
    ]);
    await buildah(['push', name, `docker-archive:${join(target, 'image.tar')}:${name}`]);
  });
}

/** npm in the build trusts whom this machine trusts: a proxy that inspects TLS has an authority of its own. */
async function authorityArguments(): Promise<string[]> {
  const bundle = setting('NODE_EXTRA_CA_CERTS') ?? '/etc/ssl/certs/ca-certificates.crt';
  if (!(await pathExists(bundle))) return [];
  const mounted = '/etc/ssl/certs/ca-certificates.crt';
  return ['--volume', `${bundle}:${mounted}:ro`, '--build-arg', `NODE_EXTRA_CA_CERTS=${mounted}`];
}

async function hashSources(names: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(names.join('\n'));
  for (const source of sources) {
    for (const path of await filesOf(source)) {
      hash.update(`\n${path}\n`).update(await readFile(join(checkout, path)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** The file itself, or the files below a folder, in an order that does not change. */
async function filesOf(source: string): Promise<string[]> {
  if (!(await stat(join(checkout, source))).isDirectory()) return [source];
  const entries = await readdir(join(checkout, source), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(checkout.length))
    .sort();
}

/** Archives are a few hundred megabytes each, so only the latest stay: for tests that run now, and to go back once. */
async function removeOldImages(): Promise<void> {
  const paths = (await readdir(cacheFolder()))
    .filter((name) => /^image-[0-9a-f]{16}$/.test(name))
    .map((name) => join(cacheFolder(), name));
  const dated = await Promise.all(
    paths.map(async (path) => ({ path, builtAt: (await stat(path)).mtimeMs })),
  );
  const old = dated.sort((a, b) => b.builtAt - a.builtAt).slice(keptMax);
  for (const { path } of old) await rm(path, { recursive: true, force: true });
}
