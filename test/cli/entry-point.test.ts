import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { exporterConfig } from '../exporter/exporter-config.ts';
import { listeningPorts } from '../lib/listening-ports.ts';
import { until } from '../lib/until.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = path.join(PROJECT, 'src/cli/main.ts');
/** Debuggers of several processes need different ports. */
const ANY_DEBUGGER_PORT = '--inspect-port=0';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'entry-point-'));
  const kafka = { endpoints: ['127.0.0.1:1'] };
  const clickHouse = { url: 'http://127.0.0.1:1' };
  await writeFile(path.join(folder, 'config.yaml'), dump(exporterConfig({ kafka, clickHouse })));
  await writeFile(
    path.join(folder, 'kubeconfig'),
    dump({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
      users: [{ name: 'u', user: { token: 't' } }],
    }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** The flags that the image's entry point gives to Node. */
async function imageFlags(): Promise<string[]> {
  const dockerfile = await readFile(path.join(PROJECT, 'Dockerfile'), 'utf8');
  const [, entryPoint = ''] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? [];
  return z
    .array(z.string())
    .parse(JSON.parse(entryPoint))
    .filter((argument) => argument.startsWith('--'));
}

interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
}

/** Starts the program, which is killed at the end, and waits until it listens on its own port. */
async function start(flags: readonly string[], command: readonly string[]): Promise<Started> {
  const child = spawn(
    process.execPath,
    [...flags, ANY_DEBUGGER_PORT, PROGRAM, ...command, '--port', '0'],
    { stdio: 'ignore' },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const pid = child.pid ?? 0;
  await until('its port', () => listeningPorts(pid).length === 1);
  return { child, pid };
}

test.each([
  ['exporter', () => ['--config', path.join(folder, 'config.yaml'), '--credentials', folder]],
  ['operator', () => ['--kubeconfig', path.join(folder, 'kubeconfig'), '--exporter-image', 'i']],
])('SIGUSR1 opens no debugger in the image’s %s, which goes on', async (command, options) => {
  const ofImage = await start(await imageFlags(), [command, ...options()]);
  const asNode = await start([], [command, ...options()]);
  ofImage.child.kill('SIGUSR1');
  asNode.child.kill('SIGUSR1');
  // Without the flags of the image, the same signal opens a port.
  await until('a debugger', () => listeningPorts(asNode.pid).length === 2);
  expect(listeningPorts(ofImage.pid)).toHaveLength(1);
  expect(ofImage.child).toMatchObject({ exitCode: null, signalCode: null });
});
