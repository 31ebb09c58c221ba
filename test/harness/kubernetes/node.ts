import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheEntry } from '../cache/cache-entry.ts';
import { requireDebianPackages } from '../commands/debian-packages.ts';
import { runCommand } from '../commands/run-command.ts';
import { buildah, imageTools } from '../image/buildah.ts';
import { pathExists } from '../path-exists.ts';
import type { Run } from '../process/run.ts';
import type { ControlPlane } from './control-plane.ts';
import { buildGo } from '../commands/build-go.ts';
import { kubernetesProgram, kubernetesRemedy } from './kubernetes-programs.ts';
import {
  cniConfiguration,
  containerdConfiguration,
  kubeletConfiguration,
} from './node-configuration.ts';
import type { NodeSettings } from './node-configuration.ts';
import { insideNetwork } from './pod-network.ts';
import type { PodNetwork } from './pod-network.ts';

export interface Node {
  readonly containerdSocket: string;
}

const startMs = 120_000;
const nodeName = 'harness-node';
const pauseImage = 'localhost/pause:1';
const cgroupRoot = '/sys/fs/cgroup';

/** Installs what a node needs and builds its pause image, so that starting one is quick. */
export async function prepareNode(): Promise<void> {
  const packages = [
    { name: 'containerd', provides: 'containerd' },
    { name: 'runc', provides: 'runc' },
    { name: 'containernetworking-plugins', provides: '/usr/lib/cni/bridge' },
    { name: 'iptables', provides: 'iptables' },
    { name: 'conntrack', provides: 'conntrack' },
    { name: 'iproute2', provides: 'ip' },
    ...imageTools,
  ];
  await requireDebianPackages(packages, kubernetesRemedy);
  await pauseArchive();
}

/** Starts scheduler, containerd, kubelet and kube-proxy; returns when the node is Ready. */
export async function startNode(run: Run, plane: ControlPlane, network: PodNetwork): Promise<Node> {
  const settings: NodeSettings = {
    runId: run.id,
    folder: run.folder,
    cgroup: `deepflow-${run.id}`,
    pauseImage,
    network,
    authority: plane.authority,
  };
  run.record({ kind: 'cgroup', name: settings.cgroup });
  await createCgroup(settings.cgroup);
  await startScheduler(run, plane);
  const node = await startContainerd(run, settings);
  await importImage(node, await pauseArchive());
  await startKubelet(run, plane, settings);
  const proxy = insideNetwork(network, await kubernetesProgram(plane.version, 'kube-proxy'), [
    `--kubeconfig=${plane.kubeconfigPath}`,
    '--proxy-mode=iptables',
    `--cluster-cidr=${network.podSubnet}`,
    `--hostname-override=${nodeName}`,
    // The limit is the machine's, not a network namespace's; leave it.
    '--conntrack-max-per-core=0',
  ]);
  await run.start({ name: 'kube-proxy', ...proxy });
  return node;
}

/** Imports the images of a docker archive into containerd, where the kubelet finds them. */
export async function importImage(node: Node, archivePath: string): Promise<void> {
  const address = ['--address', node.containerdSocket, '--namespace', 'k8s.io'];
  await runCommand('ctr', [...address, 'images', 'import', archivePath]);
}

async function startScheduler(run: Run, plane: ControlPlane): Promise<void> {
  await run.start({
    name: 'kube-scheduler',
    command: await kubernetesProgram(plane.version, 'kube-scheduler'),
    args: [`--kubeconfig=${plane.kubeconfigPath}`, '--leader-elect=false', '--secure-port=0'],
  });
}

async function startContainerd(run: Run, settings: NodeSettings): Promise<Node> {
  const containerdSocket = join(run.folder, 'containerd.sock');
  const path = join(run.folder, 'containerd.toml');
  const cniFolder = join(run.folder, 'cni');
  await mkdir(cniFolder);
  await writeFile(join(cniFolder, 'pods.conflist'), cniConfiguration(settings));
  await writeFile(path, containerdConfiguration(settings, { containerdSocket, cniFolder }));
  const containerd = await run.start({
    name: 'containerd',
    ...insideNetwork(settings.network, 'containerd', ['--config', path]),
  });
  await containerd.waitUntil(async () => {
    await runCommand('ctr', ['--address', containerdSocket, 'version']);
    return true;
  }, startMs);
  return { containerdSocket };
}

async function startKubelet(run: Run, plane: ControlPlane, settings: NodeSettings): Promise<void> {
  const { network } = settings;
  const serving = await plane.authority.issue({
    name: 'kubelet',
    addresses: [network.nodeAddress],
    hostNames: [nodeName],
  });
  const path = join(run.folder, 'kubelet.json');
  await writeFile(path, kubeletConfiguration(settings, serving));
  const kubelet = await run.start({
    name: 'kubelet',
    ...insideNetwork(network, await kubernetesProgram(plane.version, 'kubelet'), [
      `--kubeconfig=${plane.kubeconfigPath}`,
      `--config=${path}`,
      `--root-dir=${join(run.folder, 'kubelet')}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${network.nodeAddress}`,
    ]),
  });
  const kubectl = await kubernetesProgram(plane.version, 'kubectl');
  const ready = ['wait', '--for=condition=Ready', `node/${nodeName}`, '--timeout=30s'];
  await kubelet.waitUntil(async () => {
    await runCommand(kubectl, ['--kubeconfig', plane.kubeconfigPath, ...ready]);
    return true;
  }, startMs);
}

/** The kubelet wants its root group to exist: in each hierarchy of version 1, or in the one of version 2. */
async function createCgroup(name: string): Promise<void> {
  if (await pathExists(join(cgroupRoot, 'cgroup.controllers'))) {
    await mkdir(join(cgroupRoot, name), { recursive: true });
    return;
  }
  for (const hierarchy of await readdir(cgroupRoot)) {
    if (await pathExists(join(cgroupRoot, hierarchy, 'cgroup.procs'))) {
      await mkdir(join(cgroupRoot, hierarchy, name), { recursive: true });
    }
  }
}

/** A docker archive of the image whose process holds a pod's namespaces, made of a static program. */
async function pauseArchive(): Promise<string> {
  const source = fileURLToPath(new URL('pause', import.meta.url));
  const entry = { name: 'pause-image', version: '1', title: 'building the pause image' };
  const folder = await cacheEntry(entry, async (target) => {
    await buildGo({
      cwd: source,
      output: join(target, 'pause'),
      linkerFlags: [],
      packagePath: 'pause.go',
    });
    const file = join(target, 'Dockerfile');
    await writeFile(file, 'FROM scratch\nCOPY pause /pause\nUSER 65535\nENTRYPOINT ["/pause"]\n');
    await buildah(['bud', '--isolation', 'chroot', '--file', file, '--tag', pauseImage, target]);
    await buildah([
      'push',
      pauseImage,
      `docker-archive:${join(target, 'pause.tar')}:${pauseImage}`,
    ]);
  });
  return join(folder, 'pause.tar');
}
