import { rm, writeFile } from 'node:fs/promises';
import { withFileLock } from '../cache/file-lock.ts';
import { HarnessError } from '../harness-error.ts';
import { pathExists } from '../path-exists.ts';
import { withProgress } from '../progress.ts';
import { hasCommand } from './require-command.ts';
import { runCommand } from './run-command.ts';

/** A program or file that proves that a Debian package is there. */
export interface DebianPackage {
  readonly name: string;
  /** A program on PATH, or an absolute path for a package without one. */
  readonly provides: string;
}

const policy = '/usr/sbin/policy-rc.d';

/**
 * Installs those packages that are missing. Needs root and apt-get; otherwise throws one sentence that names the
 * packages and `remedy`, the variable to set instead.
 */
export async function requireDebianPackages(
  packages: readonly DebianPackage[],
  remedy: string,
): Promise<void> {
  if ((await missingOf(packages)).length === 0) return;
  await withFileLock('apt-get', async () => {
    const missing = await missingOf(packages);
    if (missing.length === 0) return;
    if (process.getuid?.() !== 0 || !(await hasCommand('apt-get'))) {
      throw new HarnessError(`Missing: ${missing.join(', ')}. Install them, or ${remedy}`);
    }
    await withProgress(`installing ${missing.join(', ')}`, () => install(missing));
  });
}

async function missingOf(packages: readonly DebianPackage[]): Promise<string[]> {
  const missing: string[] = [];
  for (const { name, provides } of packages) {
    const there = provides.startsWith('/')
      ? await pathExists(provides)
      : await hasCommand(provides);
    if (!there) missing.push(name);
  }
  return missing;
}

async function install(names: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const args = ['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends'];
  const policyIsOurs = await forbidServices();
  try {
    try {
      await runCommand('apt-get', [...args, ...names], { env });
    } catch {
      // The package lists are old or absent, as they are on a fresh machine.
      await runCommand('apt-get', ['update'], { env });
      await runCommand('apt-get', [...args, ...names], { env });
    }
  } finally {
    if (policyIsOurs) await rm(policy, { force: true });
  }
}

/** Debian starts etcd and containerd when they are installed, on the ports of a real one; this keeps them from it. */
async function forbidServices(): Promise<boolean> {
  if (await pathExists(policy)) return false;
  await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
  return true;
}
