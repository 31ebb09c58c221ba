import { readdirSync, readFileSync } from 'node:fs';

/**
 * Sends SIGKILL to the exporter in a pod of this machine, found by the pod's control group: nothing is drained and no
 * signal announces it. @throws when there is no such process, as in a cluster elsewhere.
 */
export function killExporterProcess(podUid: string): void {
  const pid = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => {
      const group = read(name, 'cgroup').replaceAll('_', '-');
      return group.includes(podUid) && read(name, 'cmdline').includes('cli/main.js');
    });
  if (pid === undefined) throw new Error(`no exporter runs here in the pod ${podUid}`);
  process.kill(Number(pid), 'SIGKILL');
}

/** Processes end while they are looked at. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
