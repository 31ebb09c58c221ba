import { join } from 'node:path';
import { cacheEntry } from '../cache/cache-entry.ts';
import { requireCommand } from '../commands/require-command.ts';
import { runCommand } from '../commands/run-command.ts';

/**
 * ClickHouse's versions that tests run on, by the name that users choose them by, with the version of chdb that
 * carries the engine: of PyPI's, except the newest, which is npm's and needs no Python. One more is one line.
 */
export const ENGINE_VERSIONS = {
  '23.6': { pypi: '0.13.0' },
  '23.10': { pypi: '1.4.1' },
  '24.8': { pypi: '2.1.1' },
  '25.5': { pypi: '3.6.0' },
  '26.7': { pypi: undefined },
} as const satisfies Readonly<Record<string, { readonly pypi: string | undefined }>>;

/** A version of ClickHouse by its name, such as `23.10`. */
export type EngineVersion = keyof typeof ENGINE_VERSIONS;

/** What DeepFlow 7.1's chart installs. */
export const DEEPFLOW_ENGINE: EngineVersion = '23.10';

/** The engine of npm's chdb. */
export const NEWEST_ENGINE: EngineVersion = '26.7';

/** The names of all versions, from the oldest to the newest. */
export const ENGINES: readonly EngineVersion[] =
  Object.keys(ENGINE_VERSIONS).filter(isEngineVersion);

/** True for the name of a version in {@link ENGINE_VERSIONS}. */
export function isEngineVersion(text: string): text is EngineVersion {
  return Object.hasOwn(ENGINE_VERSIONS, text);
}

/** The folder of PyPI's chdb of a version, fetched into the cache when it is not there yet: about 600 MB, seconds. */
export async function chdbFolder(version: string): Promise<string> {
  const folder = await cacheEntry(
    { name: 'chdb', version, title: `fetching ClickHouse's engine (chdb ${version})` },
    async (target) => {
      await requireCommand(
        'python3',
        'Install Python 3.8 to 3.12 with pip (apt-get install python3 python3-pip), or choose the newest engine, which needs none.',
      );
      const options = ['--quiet', '--no-deps', '--no-input', '--disable-pip-version-check'];
      const into = ['--target', target, `chdb==${version}`];
      await runCommand('python3', ['-m', 'pip', 'install', ...options, ...into]);
    },
  );
  return join(folder, 'chdb');
}
