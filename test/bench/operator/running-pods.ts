import { createServer } from 'node:http';
import type { StatusReport } from '../../../src/exporter/contract/status-report.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { HTTP_PORT } from '../../../src/operator/desired/deployment.ts';
import { OWNED_SELECTOR } from '../../../src/operator/desired/labels.ts';
import { loadAnyKubeconfig } from '../../../src/operator/kube/any-kubeconfig.ts';
import { createKubeApiClient } from '../../../src/operator/kube/kube-api-client.ts';
import { createKubeTransport } from '../../../src/operator/kube/kube-transport.ts';
import { RESOURCE_TYPES } from '../../../src/operator/kube/resource-type.ts';
import type { AdminApi } from '../../integration/operator/cluster/admin-api.ts';

const READY = { status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
const RUNNING = {
  phase: 'Running',
  podIP: '127.0.0.1',
  podIPs: [{ ip: '127.0.0.1' }],
  conditions: [
    { type: 'Ready', ...READY },
    { type: 'ContainersReady', ...READY },
  ],
};
const REPORT: StatusReport = {
  delivering: true,
  problems: [],
  missingColumns: [],
  shards: [0],
  shardCount: 1,
  lagSeconds: 31,
  recordsExported: 1,
  credentialsRevision: 1,
};
const WATCH_SECONDS = 3_600;

/**
 * Simulates a node with room for every pod: each pod of an exporter is Running and Ready as soon as it exists, and one server on
 * 127.0.0.1 answers the operator's requests for the status of all of them. The pods themselves are made by Kubernetes.
 */
export async function runAllPods(
  kubeconfigPath: string,
  namespace: string,
  admin: AdminApi,
): Promise<{ readonly stop: () => Promise<void> }> {
  const server = createServer((_request, response) => {
    response.end(JSON.stringify(REPORT));
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).listen(HTTP_PORT, '127.0.0.1', resolve);
  });
  const connection = loadAnyKubeconfig(kubeconfigPath);
  const client = createKubeApiClient(createKubeTransport({ connection, clock: systemClock }));
  const stopping = new AbortController();
  const selection = { type: RESOURCE_TYPES.pod, namespace, labelSelector: OWNED_SELECTOR };
  const watchPods = async (): Promise<void> => {
    const resourceVersion = await client.latestVersion(selection);
    const options = { resourceVersion, timeoutSeconds: WATCH_SECONDS, signal: stopping.signal };
    for await (const event of client.watch(selection, options)) {
      if (event.type !== 'ADDED') continue;
      await admin.patchStatus('pod', event.object.metadata.name, RUNNING);
    }
  };
  const watching = watchPods().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  return {
    stop: async () => {
      stopping.abort();
      await watching;
      await client.close();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}
