import { readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCommand } from '../commands/require-command.ts';
import { runCommand } from '../commands/run-command.ts';
import { pathExists } from '../path-exists.ts';
import { removeContainerTraces } from './container-traces.ts';
import { isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { readLeftovers } from './leftovers.ts';

const cgroupRoot = '/sys/fs/cgroup';
const killRoundsMax = 50;
const killRoundMs = 100;

/**
 * Ends everything a run has noted and removes its folder: process groups, then what containers left (their shims
 * leave the group of containerd), mounts, control groups and network namespaces. Harmless when done twice.
 */
export async function cleanRun(folder: string): Promise<void> {
  const leftovers = readLeftovers(folder);
  const groups = leftovers.filter((leftover) => leftover.kind === 'group');
  const cgroups = leftovers.flatMap((leftover) =>
    leftover.kind === 'cgroup' ? [leftover.name] : [],
  );
  await untilNone(() => killGroups(groups));
  await untilNone(() => killPids(shimPids(folder)));
  await untilNone(() => killPids(cgroups.flatMap(pidsInCgroup)));
  await unmountUnder(folder);
  await removeContainerTraces(folder);
  for (const name of cgroups) removeCgroup(name);
  for (const leftover of leftovers) {
    if (leftover.kind === 'netns') await removeNetworkNamespace(leftover.name);
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** Unmounts whatever is mounted below a folder, deepest first, so that removing it cannot reach another file system. */
export async function unmountUnder(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
  for (const path of mounts) await runCommand('umount', ['--lazy', path]);
}

async function untilNone(kill: () => number): Promise<void> {
  for (let round = 0; round < killRoundsMax; round++) {
    if (kill() === 0) return;
    await sleep(killRoundMs);
  }
}

function killGroups(groups: readonly ProcessIdentity[]): number {
  const alive = groups.filter(isAlive);
  for (const { pid } of alive) kill(-pid);
  return alive.length;
}

function killPids(pids: readonly number[]): number {
  for (const pid of pids) kill(pid);
  return pids.length;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between the look and the signal.
  }
}

/** Shims of containerd leave its process group; their command line names the socket in the run's folder. */
function shimPids(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [program = '', ...args] = commandLine(pid);
      return (
        basename(program).startsWith('containerd-shim') &&
        args.some((arg) => arg.startsWith(`${folder}/`))
      );
    });
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** The folders of a control group: one for each hierarchy in version 1, a single one in version 2. */
function cgroupFolders(name: string): string[] {
  return [cgroupRoot, ...readdirSync(cgroupRoot).map((hierarchy) => join(cgroupRoot, hierarchy))]
    .map((hierarchy) => join(hierarchy, name))
    .flatMap(withSubfolders);
}

/** The folder and those below it, deepest first; none where it does not exist. */
function withSubfolders(folder: string): string[] {
  try {
    const below = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => withSubfolders(join(folder, entry.name)));
    return [...below, folder];
  } catch {
    return [];
  }
}

function pidsInCgroup(name: string): number[] {
  const pids = cgroupFolders(name).flatMap((folder) => {
    try {
      return readFileSync(join(folder, 'cgroup.procs'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map(Number);
    } catch {
      return [];
    }
  });
  return [...new Set(pids)];
}

function removeCgroup(name: string): void {
  for (const folder of cgroupFolders(name)) {
    try {
      rmdirSync(folder);
    } catch {
      // A hierarchy mounted twice (cpu,cpuacct) shows the same group again after it was removed.
    }
  }
}

async function removeNetworkNamespace(name: string): Promise<void> {
  if (!(await pathExists(`/run/netns/${name}`)) || !(await hasCommand('ip'))) return;
  await runCommand('ip', ['netns', 'delete', name]);
}
