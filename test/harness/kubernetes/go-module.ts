import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { withFileLock } from '../cache/file-lock.ts';
import { runCommand } from '../commands/run-command.ts';
import type { KubernetesVersion } from './kubernetes-versions.ts';

/** The checksums of all modules of all versions, in one file: most of them are the same. */
const sumsPath = fileURLToPath(new URL('go.sum', import.meta.url));

const downloaded = z.object({ GoMod: z.string() });

/**
 * Writes go.mod and go.sum of a module of which Kubernetes' programs can be compiled. Kubernetes cannot be required as
 * other modules can: it replaces its own libraries by folders of its repository, for which their published modules
 * stand here. https://github.com/kubernetes/kubernetes/issues/79384
 */
export async function writeGoModule(version: KubernetesVersion, folder: string): Promise<void> {
  const answer = await runCommand(
    'go',
    ['mod', 'download', '-json', `k8s.io/kubernetes@v${version}`],
    { cwd: folder },
  );
  const { GoMod: path } = downloaded.parse(JSON.parse(answer));
  await writeFile(join(folder, 'go.mod'), goModule(version, await readFile(path, 'utf8')));
  await writeFile(join(folder, 'go.sum'), await readFile(sumsPath, 'utf8'));
}

/** The text of that go.mod, from Kubernetes' own. */
function goModule(version: KubernetesVersion, upstream: string): string {
  const [, goVersion = ''] = /^go (\S+)$/m.exec(upstream) ?? [];
  const libraries = [...upstream.matchAll(/^\s*(?:replace )?(\S+) => \.\/staging\//gm)];
  return [
    'module deepflow.kafka.exporter/kubernetes',
    `go ${goVersion}`,
    `require k8s.io/kubernetes v${version}`,
    ...libraries.map(([, name = '']) => `replace ${name} => ${name} v0.${version.slice(2)}`),
    '',
  ].join('\n');
}

/** Keeps the checksums that a first compilation has added to the module's go.sum, as Go itself does in a checkout. */
export async function keepChecksums(folder: string): Promise<void> {
  await withFileLock('kubernetes-go-sum', async () => {
    const kept = linesOf(await readFile(sumsPath, 'utf8'));
    const all = new Set([...kept, ...linesOf(await readFile(join(folder, 'go.sum'), 'utf8'))]);
    if (all.size > kept.length) await writeFile(sumsPath, `${[...all].toSorted().join('\n')}\n`);
  });
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
