import { dump } from 'js-yaml';

/** A platform for which there is an archive of the plugin. Names are those of Go, which krew uses. */
export interface PluginPlatform {
  readonly os: 'darwin' | 'linux';
  readonly arch: 'amd64' | 'arm64';
}

/** Platforms on which the libraries of the program have their native parts. */
export const PLUGIN_PLATFORMS: readonly PluginPlatform[] = [
  { os: 'linux', arch: 'amd64' },
  { os: 'linux', arch: 'arm64' },
  { os: 'darwin', arch: 'amd64' },
  { os: 'darwin', arch: 'arm64' },
];

/** The program of the plugin in its archive. */
export const PLUGIN_PROGRAM = 'dist/cli/kubectl-kfx.js';

/** Name of the archive of a platform. */
export function pluginArchive(version: string, { arch, os }: PluginPlatform): string {
  return `kubectl-kfx-${version}-${os}-${arch}.tar.gz`;
}

/** What a manifest is made of. */
export interface KrewRelease {
  readonly version: string;
  /** Where the files of the release can be downloaded, without a slash at the end. */
  readonly downloads: string;
  /** The version of Node.js that the program needs, such as >=24.5. */
  readonly node: string;
  /** SHA-256 of an archive in hexadecimal digits. */
  readonly digestOf: (archive: string) => string;
}

/**
 * The manifest with which krew installs the plugin.
 *
 * @see https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/
 */
export function krewManifest({ digestOf, downloads, node, version }: KrewRelease): string {
  return dump(
    {
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: 'kfx' },
      spec: {
        version: `v${version}`,
        homepage: downloads.replace(/\/releases\/.*$/, ''),
        shortDescription: 'Look at exporters of DeepFlow records to Kafka',
        description:
          'Shows KafkaExporters of the DeepFlow Kafka Exporter Operator: readiness, lag,\nrates, retries, credentials and the last error, with your own rights. Shows records of a\nrunning exporter, from its topics or from the newest rows.\n',
        caveats: `The plugin needs Node.js ${node} on PATH.\n`,
        platforms: PLUGIN_PLATFORMS.map(({ arch, os }) => ({
          selector: { matchLabels: { os, arch } },
          uri: `${downloads}/${pluginArchive(version, { arch, os })}`,
          sha256: digestOf(pluginArchive(version, { arch, os })),
          bin: PLUGIN_PROGRAM,
        })),
      },
    },
    { lineWidth: -1 },
  );
}
