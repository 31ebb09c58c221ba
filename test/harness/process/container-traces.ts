import { readFile, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';

const cniResults = '/var/lib/cni/results';
const containerLogs = '/var/log/containers';
const shimSockets = '/run/containerd/s/';

/**
 * Removes what a run's containers left outside its folder, in places that containerd and the kubelet have fixed:
 * results of network plug-ins, links to logs and sockets of shims. Only what points into the run's folder goes.
 */
export async function removeContainerTraces(runFolder: string): Promise<void> {
  const isOurs = (text: string): boolean => text.includes(`${runFolder}/`);
  for (const path of await pathsIn(cniResults)) {
    if (isOurs(await textOr(readFile(path, 'utf8')))) await rm(path, { force: true });
  }
  for (const path of await pathsIn(containerLogs)) {
    if (isOurs(await textOr(readlink(path)))) await rm(path, { force: true });
  }
  const tasks = join(runFolder, 'containerd', 'state', 'io.containerd.runtime.v2.task', 'k8s.io');
  for (const task of await pathsIn(tasks)) {
    const address = (await textOr(readFile(join(task, 'address'), 'utf8'))).replace('unix://', '');
    if (address.startsWith(shimSockets)) await rm(address, { force: true });
  }
}

async function pathsIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

async function textOr(text: Promise<string>): Promise<string> {
  return text.catch(() => '');
}
