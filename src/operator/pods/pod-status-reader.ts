import { Agent, get, type IncomingMessage } from 'node:http';
import {
  REPORT_BYTES_MAX,
  type StatusReport,
  statusReportSchema,
} from '../../exporter/contract/status-report.ts';
import { readText } from '../../lib/read-text.ts';
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
/**
 * A new connection for each request. A kept one would be idle for as long as both sides keep it: the next request would often
 * meet a pod that just closes it, and a thousand pods would mean a thousand open connections.
 */
const agent = new Agent({ keepAlive: false });

/**
 * Asks the pod at its own address. Works if the operator runs in the cluster. A pod is not trusted: redirects are not followed,
 * a compressed answer is refused, and at most `REPORT_BYTES_MAX` bytes are read.
 */
export function createDirectPodStatusReader(port: number = HTTP_PORT): PodStatusReader {
  return {
    read: async ({ ip }) => (ip === '' ? undefined : reportOf(() => readDirectly(ip, port))),
  };
}

async function readDirectly(host: string, port: number): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { 'accept-encoding': 'identity' };
    const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
    get({ host, port, path: '/status', headers, signal, agent }, resolve).on('error', reject);
  });
  if (response.statusCode === 200 && response.headers['content-encoding'] === undefined) {
    return readText(response, REPORT_BYTES_MAX);
  }
  response.destroy();
  throw new Error('the pod answers without a report');
}

/** Asks through the API server's pod proxy. Works from outside the cluster, with the right `get pods/proxy`. */
export function createProxyPodStatusReader(
  client: Pick<KubeClient, 'getThroughProxy'>,
): PodStatusReader {
  return {
    read: ({ name, namespace }) =>
      reportOf(() =>
        client.getThroughProxy(
          { name, namespace, port: HTTP_PORT, path: '/status' },
          REPORT_BYTES_MAX,
        ),
      ),
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
