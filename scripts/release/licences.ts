import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const locked = z.object({
  version: z.string().optional(),
  license: z.string().optional(),
  dev: z.boolean().default(false),
  devOptional: z.boolean().default(false),
});
const lockFile = z.object({ packages: z.record(z.string(), locked) });

const TEXT = /^(licen[cs]e|copying|notice)(\.|-|$)/i;
const RULE = '-'.repeat(80);

/**
 * The packages of the image that others have written, each with its licence and the text that must go along with it. A native
 * package for another architecture is not installed here: it has only its licence's name.
 *
 * @param folder the checkout, with `node_modules`.
 */
export function licencesText(folder: string): string {
  const { packages } = lockFile.parse(
    JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')),
  );
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path, { license = 'unknown', version = '' }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const texts = textsOf(join(folder, path)).map((text) => `\n${text.trim()}\n`);
      return `${RULE}\n${name} ${version}: ${license}\n${texts.join('')}`;
    })
    .join('\n');
}

function textsOf(folder: string): string[] {
  let files: string[];
  try {
    files = readdirSync(folder);
  } catch {
    return [];
  }
  return files
    .filter((file) => TEXT.test(file))
    .toSorted()
    .map((file) => readFileSync(join(folder, file), 'utf8'));
}
