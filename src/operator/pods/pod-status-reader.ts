import { type StatusReport, statusReportSchema } from '../../exporter/contract/status-report.ts';
import { HTTP_PORT } from '../desired/deployment.ts';
import type { KubeClient } from '../kube/kube-client.ts';

/** A pod as far as its status port goes. */
export interface PodTarget {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Empty until the pod has one. */
  readonly ip: string;
}

/** Asks a pod how it is. */
export interface PodStatusReader {
  /** The pod's report; undefined when it does not answer, or not in the agreed form. */
  read(pod: PodTarget): Promise<StatusReport | undefined>;
}

const READ_TIMEOUT_MS = 2_000;

/** Asks the pod at its own address; works where the operator runs in the cluster. */
export function createDirectPodStatusReader(port: number = HTTP_PORT): PodStatusReader {
  return {
    read: async ({ ip }) => {
      if (ip === '') return undefined;
      const host = ip.includes(':') ? `[${ip}]` : ip;
      return reportOf(async () => {
        const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
        return (await fetch(`http://${host}:${port}/status`, { signal })).text();
      });
    },
  };
}

/** Asks through the API server's pod proxy; works from outside, with the right `get pods/proxy`. */
export function createProxyPodStatusReader(
  client: Pick<KubeClient, 'getThroughProxy'>,
): PodStatusReader {
  return {
    read: ({ name, namespace }) =>
      reportOf(() => client.getThroughProxy({ name, namespace, port: HTTP_PORT, path: '/status' })),
  };
}

async function reportOf(read: () => Promise<string>): Promise<StatusReport | undefined> {
  try {
    return statusReportSchema.safeParse(JSON.parse(await read())).data;
  } catch {
    // A pod that starts or stops refuses connections; that it is silent is all there is to know.
    return undefined;
  }
}
