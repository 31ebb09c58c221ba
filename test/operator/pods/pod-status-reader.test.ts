import { createServer, type RequestListener, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../../src/exporter/contract/status-report.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createKubeApiClient } from '../../../src/operator/kube/kube-api-client.ts';
import { createKubeTransport } from '../../../src/operator/kube/kube-transport.ts';
import {
  createDirectPodStatusReader,
  createProxyPodStatusReader,
  type PodStatusReader,
} from '../../../src/operator/pods/pod-status-reader.ts';
import { sampleReport } from '../sample-observation.ts';

const POD = { name: 'p', namespace: 'n', uid: 'u', ip: '127.0.0.1' };
const PROXY_PATH = '/api/v1/namespaces/n/pods/p:8080/proxy/status';
const MIB = 1024 * 1024;

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** The report that a reader gets from a pod with this listener. */
type Read = (listener: RequestListener) => Promise<StatusReport | undefined>;

const direct: Read = async (listener) => {
  const reader = createDirectPodStatusReader(await listen(listener));
  return reader.read(POD);
};

/** The listener is behind the path under which the API server reaches a pod. */
const throughProxy: Read = async (listener) => {
  const port = await listen((request, response) => {
    if (request.url === PROXY_PATH) listener(request, response);
    else response.end(JSON.stringify(sampleReport()));
  });
  const connection = {
    server: `http://127.0.0.1:${port}`,
    inCluster: false,
    authorize: () => Promise.resolve({ headers: {}, tls: {} }),
  };
  const client = createKubeApiClient(createKubeTransport({ connection, clock: systemClock }));
  const reader: PodStatusReader = createProxyPodStatusReader(client);
  try {
    return await reader.read(POD);
  } finally {
    await client.close();
  }
};

describe.each([
  ['directly', direct],
  ['through the API server', throughProxy],
])('the status of a pod, read %s', (_name, read) => {
  it('is its report', async () => {
    const report = await read((_request, response) => {
      response.end(JSON.stringify(sampleReport()));
    });
    expect(report).toEqual(sampleReport());
  });

  it('is not read from an address to which the pod redirects', async () => {
    let isFollowed = false;
    const report = await read((request, response) => {
      if (request.url?.endsWith('/other') === true) {
        isFollowed = true;
        response.end(JSON.stringify(sampleReport()));
        return;
      }
      response.writeHead(302, { location: '/other' }).end();
    });
    expect([report, isFollowed]).toEqual([undefined, false]);
  });

  it('is not decompressed', async () => {
    let accepted: string | undefined;
    const report = await read((request, response) => {
      accepted = request.headers['accept-encoding'];
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(JSON.stringify(sampleReport())));
    });
    expect(report).toBeUndefined();
    expect([undefined, 'identity']).toContain(accepted);
  });

  it.each([200, 503])('is not read beyond 64 KiB, with HTTP status %i', async (code) => {
    let isOpen = true;
    let sent = 0;
    const report = await read((_request, response) => {
      response.writeHead(code).on('close', () => (isOpen = false));
      response.write(JSON.stringify(sampleReport()));
      const send = (): void => {
        while (isOpen && sent < 512 * MIB) {
          sent += MIB;
          if (!response.write(' '.repeat(MIB))) {
            response.once('drain', send);
            return;
          }
        }
        response.end();
      };
      send();
    });
    expect(report).toBeUndefined();
    expect(sent).toBeLessThan(64 * MIB);
  });

  it('has bounded texts and lists', async () => {
    const problem = { reason: 'KafkaError', message: 'x'.repeat(3_000), since: SINCE } as const;
    const report = await read((_request, response) => {
      response.end(
        JSON.stringify(
          sampleReport({
            problems: Array.from({ length: 15 }, () => problem),
            renewalProblem: problem,
            missingColumns: [{ dataSource: 'y'.repeat(1_000), columns: ['z'.repeat(1_000)] }],
          }),
        ),
      );
    });
    expect(report?.problems).toHaveLength(10);
    expect(report?.problems[0]?.message).toBe(`${'x'.repeat(2_000)}…`);
    expect(report?.renewalProblem?.message).toHaveLength(2_001);
    expect(report?.missingColumns[0]?.dataSource).toHaveLength(201);
    expect(report?.missingColumns[0]?.columns[0]).toHaveLength(201);
  });
});

const SINCE = '2026-01-01T00:00:00Z';
