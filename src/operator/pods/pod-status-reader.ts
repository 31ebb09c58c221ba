import { type StatusReport, statusReportSchema } from '../../exporter/contract/status-report.ts';
import { HTTP_PORT } from '../desired/deployment.ts';
import type { KubeClient } from '../kube/kube-client.ts';

/** A pod whose status can be read. */
export interface PodTarget {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Empty until the pod has an address. */
  readonly ip: string;
}

/** Reads the status report of a pod. */
export interface PodStatusReader {
  /** The pod's report; undefined if the pod does not answer, or its answer is not a valid report. */
  read(pod: PodTarget): Promise<StatusReport | undefined>;
}

const READ_TIMEOUT_MS = 2_000;

/** Asks the pod at its own address. Works if the operator runs in the cluster. */
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

/** Asks through the API server's pod proxy. Works from outside the cluster, with the right `get pods/proxy`. */
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
    // A pod that starts or stops refuses connections. The error contains nothing useful.
    return undefined;
  }
}
