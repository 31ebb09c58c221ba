import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ImageName, parseImageName } from '../../test/harness/image/image-name.ts';
import { renderInstallManifest } from '../install-manifest.ts';
import { krewManifest, PLUGIN_PLATFORMS, pluginArchive } from './krew-manifest.ts';
import { licencesText } from './licences.ts';
import { packPlugin } from './pack-plugin.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CHART = 'deploy/helm/deepflow-kafka-exporter';
const SUMS = 'SHA256SUMS';

/** One step of a release: a sentence for people, and what it does. */
export interface ReleaseStep {
  readonly title: string;
  readonly run: () => void;
}

/** What is released. */
export interface Release {
  /** The image that the release installs, with a tag or a digest. */
  readonly image: string;
  /** The version of package.json. */
  readonly version: string;
  /** The version of Node.js in `engines` of package.json. */
  readonly node: string;
  /** Where the files can be downloaded later, without a slash at the end. Undefined: no plugin of kubectl is made. */
  readonly downloads: string | undefined;
}

/**
 * The steps that make the files of a release in a folder: the program, the plugin of kubectl with its krew manifest, the chart and
 * install.yaml with the image, the list of packages (CycloneDX), their licences, and the checksums of all files. Each step throws
 * when it fails.
 */
export function releaseSteps(folder: string, release: Release): ReleaseStep[] {
  const { image, version } = release;
  const path = (file: string): string => join(folder, file);
  return [
    {
      title: 'compile and pack the program',
      run: () => {
        run('npm', ['pack', '--pack-destination', folder]);
      },
    },
    ...(release.downloads === undefined ? [] : pluginSteps(folder, release, release.downloads)),
    {
      title: 'write install.yaml',
      run: () => {
        writeFileSync(path('install.yaml'), renderInstallManifest(image));
      },
    },
    {
      title: 'pack the chart',
      run: () => {
        packChart(folder, parseImageName(image));
      },
    },
    {
      title: 'list the packages',
      run: () => {
        // By the lock file: node_modules also has what install scripts have put there.
        const options = ['--package-lock-only', '--omit=dev', '--sbom-type=application'];
        writeFileSync(
          path(`deepflow-kafka-exporter-${version}.cdx.json`),
          run('npm', ['sbom', '--sbom-format=cyclonedx', ...options]),
        );
      },
    },
    {
      title: 'collect licences',
      run: () => {
        writeFileSync(path('THIRD-PARTY-LICENCES.txt'), licencesText(ROOT));
      },
    },
    {
      title: 'compute checksums',
      run: () => {
        writeFileSync(path(SUMS), checksums(folder));
      },
    },
  ];
}

/** The plugin of kubectl for each platform, and krew's manifest of it. */
function pluginSteps(
  folder: string,
  { node, version }: Release,
  downloads: string,
): readonly ReleaseStep[] {
  const digestOf = (archive: string): string => digest(join(folder, archive));
  return [
    ...PLUGIN_PLATFORMS.map((platform) => ({
      title: `pack the plugin of kubectl for ${platform.os} on ${platform.arch}`,
      run: () => {
        packPlugin(ROOT, join(folder, pluginArchive(version, platform)), platform);
      },
    })),
    {
      title: 'write the manifest of the plugin for krew',
      run: () => {
        const manifest = krewManifest({ version, node, downloads, digestOf });
        writeFileSync(join(folder, 'kfx.yaml'), manifest);
      },
    },
  ];
}

/** The chart with the image as the default of its values. */
function packChart(folder: string, image: ImageName): void {
  const work = mkdtempSync(join(tmpdir(), 'deepflow-chart-'));
  try {
    const chart = join(work, 'deepflow-kafka-exporter');
    cpSync(join(ROOT, CHART), chart, { recursive: true });
    const file = join(chart, 'values.yaml');
    writeFileSync(file, withImage(readFileSync(file, 'utf8'), image));
    runHelm(['package', chart, '--destination', work]);
    // npm's tarball has the same name.
    const [packed = ''] = readdirSync(work).filter((file) => file.endsWith('.tgz'));
    copyFileSync(join(work, packed), join(folder, packed.replace(/tgz$/, 'chart.tgz')));
  } finally {
    rmSync(work, { recursive: true });
  }
}

function withImage(values: string, image: ImageName): string {
  const changes = [
    ['repository: deepflow-kafka-exporter', `repository: "${image.repository}"`],
    ['tag: ""', `tag: "${image.tag}"`],
    ['digest: ""', `digest: "${image.digest}"`],
  ] as const;
  return changes.reduce((text, [line, released]) => {
    const [before, after, ...more] = text.split(`\n  ${line}\n`);
    if (after === undefined || more.length > 0)
      throw new Error(`values.yaml must have ${line} once`);
    return `${before ?? ''}\n  ${released}\n${after}`;
  }, values);
}

function checksums(folder: string): string {
  return readdirSync(folder)
    .filter((file) => file !== SUMS)
    .toSorted()
    .map((file) => `${digest(join(folder, file))}  ${file}\n`)
    .join('');
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function runHelm(args: readonly string[]): void {
  try {
    run('helm', args);
  } catch (cause) {
    throw new Error('The chart was not packed. Helm 4 must be on PATH: https://helm.sh', { cause });
  }
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1_048_576,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
