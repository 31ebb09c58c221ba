import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { dump } from 'js-yaml';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadAnyKubeconfig } from '../../../src/operator/kube/any-kubeconfig.ts';
import { openKubeConnection } from '../../../src/operator/kube/open-kube-connection.ts';
import { loadServiceAccount } from '../../../src/operator/kube/service-account.ts';
import { loadStaticKubeconfig } from '../../../src/operator/kube/static-kubeconfig.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kubeconfig-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function write(cluster: object, user: object): Promise<string> {
  const file = path.join(folder, 'config');
  for (const name of ['ca.crt', 'tls.crt', 'tls.key']) {
    await writeFile(path.join(folder, name), `file ${name}`);
  }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'two',
    contexts: [
      { name: 'one', context: { cluster: 'x', user: 'x' } },
      { name: 'two', context: { cluster: 'c', user: 'u', namespace: 'n' } },
    ],
    clusters: [
      { name: 'x', cluster: { server: 'https://other:6443' } },
      { name: 'c', cluster: { server: 'https://api.example.com:6443/', ...cluster } },
    ],
    users: [
      { name: 'x', user: { exec: { command: 'login' } } },
      { name: 'u', user },
    ],
  };
  await writeFile(file, dump(config));
  return file;
}

describe('a kubeconfig', () => {
  it.each<[string, object, object]>([
    ['a token', {}, { token: 'secret' }],
    ['nothing', {}, {}],
    ['a CA in a file', { 'certificate-authority': 'ca.crt' }, { token: 'secret' }],
    [
      'a CA and a client certificate',
      { 'certificate-authority-data': base64('ca') },
      { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
    ],
    [
      'a client certificate in files',
      {},
      { 'client-certificate': 'tls.crt', 'client-key': 'tls.key' },
    ],
  ])('with %s is read as the Kubernetes client reads it', async (_name, cluster, user) => {
    const file = await write(cluster, user);
    const own = await loadStaticKubeconfig(file);
    const expected = loadAnyKubeconfig(file);
    expect([own?.server, own?.inCluster]).toEqual([expected.server, expected.inCluster]);
    expect(await own?.authorize()).toEqual(await expected.authorize());
  });

  it.each<[string, object, object]>([
    ['a command', {}, { exec: { command: 'login' } }],
    ['impersonation', {}, { token: 'secret', as: 'somebody' }],
    ['a proxy', { 'proxy-url': 'http://proxy' }, { token: 'secret' }],
    ['a server name', { 'tls-server-name': 'name' }, { token: 'secret' }],
  ])('with %s is left to the Kubernetes client', async (_name, cluster, user) => {
    const file = await write(cluster, user);
    expect(await loadStaticKubeconfig(file)).toBeUndefined();
    expect((await openKubeConnection(file, {})).server).toBe('https://api.example.com:6443');
  });

  it.each(['socks5://user:secret@proxy:1080', 'proxy:3128', 'http://'])(
    'with the proxy %s is refused, without a password in the message',
    async (proxy) => {
      const file = await write({ 'proxy-url': proxy }, { token: 'secret' });
      await expect(openKubeConnection(file, {})).rejects.toThrow(
        new Error(
          'the proxy-url of the cluster c in the kubeconfig must be http://HOST:PORT or https://HOST:PORT; SOCKS is not supported',
        ),
      );
    },
  );

  it.each<[string, object]>([
    ['with a token', { token: 'secret' }],
    ['that only the Kubernetes client reads', { token: 'secret', as: 'somebody' }],
  ])('%s has a namespace in its context, and a context can be named', async (_name, user) => {
    const file = await write({}, user);
    expect((await openKubeConnection(file, {})).namespace).toBe('n');
    const other = await openKubeConnection(file, {}, 'one');
    expect([other.server, other.namespace]).toEqual(['https://other:6443', undefined]);
    const same = await openKubeConnection(file, {}, 'two');
    expect([same.server, same.namespace]).toEqual(['https://api.example.com:6443', 'n']);
    await expect(openKubeConnection(file, {}, 'three')).rejects.toThrow(
      'the kubeconfig has no context three',
    );
  });

  it('that is broken or missing is an error that names it and says what to do', async () => {
    const file = path.join(folder, 'config');
    await expect(openKubeConnection(file, {})).rejects.toThrow(
      `there is no kubeconfig ${file}: set $KUBECONFIG or --kubeconfig to one`,
    );
    await writeFile(file, 'current-context: none');
    await expect(openKubeConnection(file, {})).rejects.toThrow('no current context');
    await writeFile(file, 'a: [');
    await expect(openKubeConnection(file, {})).rejects.toThrow(
      new RegExp(`^the kubeconfig ${file} cannot be read: [^\\n]+$`),
    );
    await expect(openKubeConnection(folder, {})).rejects.toThrow(
      `the kubeconfig ${folder} cannot be read: EISDIR`,
    );
  });

  it('that is nowhere is an error that says where it can be', async () => {
    vi.stubEnv('HOME', folder);
    await expect(openKubeConnection(undefined, {})).rejects.toThrow(
      'no API server is configured: set $KUBECONFIG or --kubeconfig to a kubeconfig, or write ~/.kube/config',
    );
  });

  it('is found by $KUBECONFIG', async () => {
    const environment = { KUBECONFIG: await write({}, { token: 'secret' }) };
    expect((await openKubeConnection(undefined, environment)).server).toBe(
      'https://api.example.com:6443',
    );
  });
});

it.each(['10.0.0.1', 'fd00::1'])(
  'the service account of a pod is read as the Kubernetes client reads it, at %s',
  async (host) => {
    const mounted = path.join(folder, 'var/run/secrets/kubernetes.io/serviceaccount');
    await mkdir(mounted, { recursive: true });
    await writeFile(path.join(mounted, 'token'), 'first');
    await writeFile(path.join(mounted, 'ca.crt'), 'ca');
    const environment = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: '443' };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const config = new KubeConfig();
    config.loadFromCluster(folder);
    const own = loadServiceAccount(environment, mounted);
    expect(own?.server).toBe(config.getCurrentCluster()?.server);
    const options: { ca?: unknown; headers?: unknown } = {};
    await config.applyToHTTPSOptions(options);
    const authorization = await own?.authorize();
    expect(authorization?.headers).toEqual({ authorization: 'Bearer first' });
    expect(options.headers).toEqual({ Authorization: 'Bearer first' });
    expect(authorization?.tls.ca).toBe(String(options.ca));
    await writeFile(path.join(mounted, 'token'), 'second');
    expect((await own?.authorize())?.headers).toEqual({ authorization: 'Bearer second' });
  },
);

it('outside of a pod there is no service account', () => {
  expect(loadServiceAccount({}, folder)).toBeUndefined();
});
