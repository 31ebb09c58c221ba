import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { cacheEntry, type CacheEntry, isCached } from '../cache/cache-entry.ts';
import { requireCommand } from '../commands/require-command.ts';
import { runCommand } from '../commands/run-command.ts';
import { buildGo } from '../commands/build-go.ts';
import { GO_TOOLS, type GoTool, type GoToolName } from './go-tools.ts';

/** A compiled tool. */
export interface CompiledTool {
  /** The path of one of its programs, by its file name. */
  readonly program: (name: string) => string;
  /** The path of a kept file or folder, by the last part of its path in the module. */
  readonly file: (name: string) => string;
}

const modules = fileURLToPath(new URL('modules/', import.meta.url));

/**
 * A tool, compiled into the cache where it is not there yet, which takes from half a minute to five minutes of two cores.
 * @throws HarnessError when Go is missing or the compilation fails.
 */
export async function goTool(name: GoToolName): Promise<CompiledTool> {
  const tool: GoTool = GO_TOOLS[name];
  const folder = await cacheEntry(await entryOf(name), async (target) => {
    await requireCommand('go', 'Install Go 1.26 or later.');
    const module = await mkdtemp(join(tmpdir(), 'deepflow-go-tool-'));
    try {
      await cp(join(modules, name), module, { recursive: true });
      for (const [program, packagePath] of Object.entries(tool.programs)) {
        const output = join(target, program);
        const { tags = [] } = tool;
        await buildGo({ cwd: module, output, linkerFlags: [], packagePath, tags });
      }
      await keepFiles(module, tool, target);
    } finally {
      await rm(module, { recursive: true });
    }
  });
  return { program: (file) => join(folder, file), file: (file) => join(folder, file) };
}

/** Whether a tool is compiled already. */
export async function isCompiled(name: GoToolName): Promise<boolean> {
  return isCached(await entryOf(name));
}

/** With another go.mod, go.sum, main.go or list of files it is another entry. */
async function entryOf(name: GoToolName): Promise<CacheEntry> {
  const { version, ...rest } = GO_TOOLS[name];
  const hash = createHash('sha256').update(JSON.stringify(rest));
  for (const file of (await readdir(join(modules, name))).toSorted()) {
    hash.update(await readFile(join(modules, name, file)));
  }
  return {
    name,
    version: `v${version}-${hash.digest('hex').slice(0, 12)}`,
    title: `compiling ${name} ${version}`,
  };
}

const downloaded = z.object({ Dir: z.string() });

async function keepFiles(module: string, { files }: GoTool, target: string): Promise<void> {
  for (const [name, paths] of Object.entries(files)) {
    const answer = await runCommand('go', ['mod', 'download', '-json', name], { cwd: module });
    const { Dir: folder } = downloaded.parse(JSON.parse(answer));
    for (const path of paths) {
      await cp(join(folder, path), join(target, basename(path)), { recursive: true });
    }
  }
}
