import { createReadStream } from 'node:fs';
import { glob, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { UsageError } from '../process/usage-error.ts';

/** More is not a folder of manifests. */
const FILES_MAX = 100_000;
/** The API server accepts objects of 3 MiB at most. */
const FILE_BYTES_MAX = 33_554_432;

const EXTENSIONS = /\.(?:ya?ml|json)$/i;
const SPECIAL = /[*?[\]{}]/;
const STDIN = '-';

/**
 * The files that arguments stand for, in the order of the arguments: a file itself, the YAML and JSON files of a
 * directory and of all below it, those that a pattern matches, and `-` for standard input. Directories whose name begins
 * with a dot, and node_modules, are left out.
 *
 * @throws UsageError if there is no such file, or if there are too many.
 */
export async function manifestFiles(patterns: readonly string[]): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const pattern of patterns) {
    for await (const file of filesOf(pattern)) {
      files.add(file);
      if (files.size > FILES_MAX) throw new UsageError(`more than ${FILES_MAX} files`);
    }
  }
  return [...files];
}

async function* filesOf(pattern: string): AsyncGenerator<string> {
  if (pattern === STDIN) {
    yield STDIN;
    return;
  }
  const found = await stat(pattern).catch(() => undefined);
  if (found?.isDirectory() === true) yield* filesIn(pattern);
  else if (found !== undefined) yield pattern;
  else yield* filesLike(pattern);
}

async function* filesLike(pattern: string): AsyncGenerator<string> {
  if (!SPECIAL.test(pattern)) throw new UsageError(`there is no file ${pattern}`);
  let matches = 0;
  for await (const file of glob(pattern, { exclude: isHidden })) {
    if (!(await stat(file)).isFile()) continue;
    matches++;
    yield file;
  }
  if (matches === 0) throw new UsageError(`no file matches ${pattern}`);
}

async function* filesIn(directory: string): AsyncGenerator<string> {
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && !isHidden(entry.name)) yield* filesIn(path);
    if (entry.isFile() && EXTENSIONS.test(entry.name)) yield path;
  }
}

function isHidden(name: string): boolean {
  return name === 'node_modules' || (name.startsWith('.') && name !== '.' && name !== '..');
}

/**
 * The text of a file, or of standard input for `-`.
 *
 * @throws UsageError that names the file if it cannot be read or is too large.
 */
export async function manifestText(file: string, stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    const stream: AsyncIterable<Buffer> = file === STDIN ? stdin : createReadStream(file);
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > FILE_BYTES_MAX) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${reasonOf(error)}`);
  }
  if (bytes > FILE_BYTES_MAX) throw new UsageError(`${file} has more than ${FILE_BYTES_MAX} bytes`);
  return Buffer.concat(chunks).toString('utf8');
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
  EISDIR: 'it is a directory',
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
