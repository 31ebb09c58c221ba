import { readdirSync, readFileSync } from 'node:fs';

/**
 * Sends SIGKILL to our program in a pod of this machine, which is found by the pod's control group. The program gets no
 * other signal before, so it cannot finish its work. @throws if there is no such process, as with a cluster elsewhere.
 */
export function killProcess(podUid: string): void {
  const pid = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => {
      const group = read(name, 'cgroup').replaceAll('_', '-');
      return group.includes(podUid) && read(name, 'cmdline').includes('cli/main.js');
    });
  if (pid === undefined)
    throw new Error(`no program of ours runs in the pod ${podUid} on this machine`);
  process.kill(Number(pid), 'SIGKILL');
}

/** Reads a file of a process; empty if the process has ended meanwhile. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
