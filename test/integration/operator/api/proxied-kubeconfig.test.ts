import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dump, load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { startConnectProxy } from '../../../lib/connect-proxy.ts';
import { runProgram } from '../../../lib/run-program.ts';
import { type ClusterUnderTest, openCluster } from '../cluster/cluster-under-test.ts';
import { createResource } from '../cluster/resource-under-test.ts';

const { kubeconfigPath } = inject('kubernetes');
const kubeconfigSchema = z.looseObject({
  clusters: z.array(z.looseObject({ cluster: z.looseObject({ server: z.string() }) })),
});

let cluster: ClusterUnderTest;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'proxied-kubeconfig-'));
  cluster = await openCluster(inject('kubernetes'), 'proxied');
  await createResource(cluster, 'behind');
});

afterAll(async () => {
  await cluster.close();
  await rm(folder, { recursive: true });
});

/** The administrator's kubeconfig with a `proxy-url`, and the host and port of its API server. */
async function proxied(proxy: string): Promise<{ readonly file: string; readonly host: string }> {
  const config = kubeconfigSchema.parse(load(await readFile(kubeconfigPath, 'utf8')));
  for (const each of config.clusters) each.cluster['proxy-url'] = proxy;
  const file = path.join(folder, 'config');
  await writeFile(file, dump(config));
  return { file, host: new URL(config.clusters[0]?.cluster.server ?? '').host };
}

const statusWith = (kubeconfig: string) =>
  runProgram('main.ts', [
    ...['status', '--kubeconfig', kubeconfig, '--namespace', cluster.namespace],
  ]);

describe('a kubeconfig with proxy-url', () => {
  it('reaches the API server only through this proxy, with its login', async () => {
    const proxy = await startConnectProxy('user:secret');
    onTestFinished(() => proxy.close());
    const { file, host } = await proxied(proxy.url);
    const { stderr, stdout } = await statusWith(file);
    expect(stdout, stderr).toContain('behind');
    expect(proxy.tunnels).toContain(host);
  });

  it('to a proxy that is not there is an error that names the proxy without its password', async () => {
    const proxy = await startConnectProxy('user:secret');
    await proxy.close();
    const { stderr, stdout } = await statusWith((await proxied(proxy.url)).file);
    expect(stderr + stdout).toContain(
      `no answer from the API server through the proxy 127.0.0.1:${proxy.port}`,
    );
    expect(stderr + stdout).not.toContain('secret');
  });
});
