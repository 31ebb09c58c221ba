import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { releaseSteps } from './release/release-files.ts';

// `npm run release`: makes the files of a release. CONTRIBUTING.md says what else a release takes.

const options = z.object({
  image: z.string(),
  folder: z.string(),
  downloads: z.string().optional(),
});
const packageSchema = z.object({
  version: z.string(),
  engines: z.object({ node: z.string() }),
});
const { engines, version } = packageSchema.parse(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')),
);

/** Ends the program when there is no Helm, before the folder is emptied. */
function requireHelm(): void {
  if (spawnSync('helm', ['version', '--short'], { stdio: 'ignore' }).error === undefined) return;
  process.stderr.write(
    'Helm 4 packs the chart, and there is no program helm in PATH: install it (https://helm.sh). For install.yaml alone, see docs/install.md.\n',
  );
  process.exit(1);
}

await new Command('npm run release --')
  .description(
    'Makes the files of a release: program, plugin of kubectl, chart, install.yaml, packages, licences and checksums.',
  )
  .requiredOption(
    '--image <image>',
    'the image that the release installs, by digest: registry/name@sha256:…',
  )
  .option(
    '--downloads <url>',
    'where the files can be downloaded later: https://github.com/OWNER/NAME/releases/download/TAG; without it, no plugin of kubectl is made',
  )
  .option('--folder <folder>', 'where the files go; it is emptied first', 'release')
  .action((given) => {
    const { downloads, folder, image } = options.parse(given);
    requireHelm();
    const target = resolve(folder);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    for (const { run, title } of releaseSteps(target, {
      image,
      version,
      downloads: downloads?.replace(/\/+$/, ''),
      node: engines.node,
    })) {
      process.stderr.write(`${title} …\n`);
      run();
    }
    process.stderr.write(`The files are in ${target}.\n`);
  })
  .parseAsync();
