import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PLUGIN_PROGRAM, type PluginPlatform } from './krew-manifest.ts';

/** Names that npm has for processors. */
const CPUS = { amd64: 'x64', arm64: 'arm64' } as const;

/**
 * Packs the compiled program and the packages that it needs on a platform. An archive of the same content has the same bytes.
 *
 * @param root the checkout, with the program compiled into `dist`.
 * @throws when npm cannot install the packages.
 */
export function packPlugin(root: string, archive: string, { arch, os }: PluginPlatform): void {
  const work = mkdtempSync(join(tmpdir(), 'deepflow-plugin-'));
  try {
    const folder = join(work, 'kubectl-kfx');
    mkdirSync(folder);
    for (const file of ['LICENSE', 'package.json', 'package-lock.json', 'dist']) {
      cpSync(join(root, file), join(folder, file), { recursive: true });
    }
    chmodSync(join(folder, PLUGIN_PROGRAM), 0o755);
    const platform = [
      `--os=${os}`,
      `--cpu=${CPUS[arch]}`,
      ...(os === 'linux' ? ['--libc=glibc'] : []),
    ];
    const options = [
      '--omit=dev',
      // krew refuses an archive with links.
      '--no-bin-links',
      '--ignore-scripts',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
    ];
    run('npm', ['ci', '--loglevel=error', ...options, ...platform], folder);
    const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
    const packed = ['--use-compress-program=gzip -9 -n', '--mode=u+rw,go+r,go-w'];
    run(
      'tar',
      ['--create', '--file', archive, ...same, ...packed, '--directory', folder, '.'],
      work,
    );
  } finally {
    rmSync(work, { recursive: true });
  }
}

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}
