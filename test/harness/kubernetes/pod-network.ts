import { randomInt } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { runCommand } from '../commands/run-command.ts';
import type { Run } from '../process/run.ts';

/** The node's own network namespace and the cable to it. */
export interface PodNetwork {
  readonly namespace: string;
  /** Our end of the cable: where the node and its pods reach programs on this machine. */
  readonly hostAddress: string;
  /** The node's end of the cable. */
  readonly nodeAddress: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  /** The address of the Service `kubernetes`, the first of its subnet. */
  readonly apiServiceAddress: string;
}

/**
 * Gives the node a network namespace of its own, linked to this machine by a cable (veth pair). Bridge, pod
 * addresses and kube-proxy's packet filter rules stay inside: two runs do not meet, this machine's rules are not
 * touched, and removing the namespace removes them all.
 */
export async function createPodNetwork(run: Run): Promise<PodNetwork> {
  const index = freeIndex();
  const namespace = `deepflow-${run.id}`;
  const hostEnd = `dfh-${run.id}`;
  const nodeEnd = `dfn-${run.id}`;
  const hostAddress = `10.213.${index}.1`;
  const nodeAddress = `10.213.${index}.2`;
  const podSubnet = `10.214.${index}.0/24`;
  const serviceSubnet = `10.215.${index}.0/24`;
  const ip = (...args: string[]): Promise<string> => runCommand('ip', args);
  const inside = (...args: string[]): Promise<string> => ip('-netns', namespace, ...args);
  run.record({ kind: 'netns', name: namespace });
  await ip('netns', 'add', namespace);
  await ip('link', 'add', hostEnd, 'type', 'veth', 'peer', 'name', nodeEnd, 'netns', namespace);
  await ip('address', 'add', `${hostAddress}/24`, 'dev', hostEnd);
  await ip('link', 'set', hostEnd, 'up');
  await inside('link', 'set', 'lo', 'up');
  await inside('address', 'add', `${nodeAddress}/24`, 'dev', nodeEnd);
  await inside('link', 'set', nodeEnd, 'up');
  await inside('route', 'add', 'default', 'via', hostAddress);
  // So that the apiserver and tests reach pods and Services by their addresses.
  for (const subnet of [podSubnet, serviceSubnet])
    await ip('route', 'add', subnet, 'via', nodeAddress);
  const apiServiceAddress = `10.215.${index}.1`;
  return { namespace, hostAddress, nodeAddress, podSubnet, serviceSubnet, apiServiceAddress };
}

/** The command and arguments that run a program in the node's network, with everything else as it is here. */
export function insideNetwork(
  network: PodNetwork,
  command: string,
  args: readonly string[],
): { command: string; args: string[] } {
  return { command: 'nsenter', args: [`--net=/run/netns/${network.namespace}`, command, ...args] };
}

function freeIndex(): number {
  const taken = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address);
  for (;;) {
    const index = randomInt(0, 256);
    if (!taken.some((address) => address.startsWith(`10.213.${index}.`))) return index;
  }
}
