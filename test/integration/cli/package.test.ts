import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { packPackage } from '../../harness/commands/pack-package.ts';
import { runCommand } from '../../harness/commands/run-command.ts';
import { createSchema, insertRows } from '../../harness/generator/generate.ts';
import { until } from '../../lib/until.ts';

const ROOT = join(import.meta.dirname, '../../..');
const L7 = 'flow_log.l7_flow_log';
const MANIFEST = `apiVersion: export.deepflow.io/v1alpha1
kind: KafkaExporter
metadata: { name: flow-logs }
spec:
  dataSources: [${L7}]
  source: { clickHouse: { url: "http://not-reached:8123" } }
  endpoints: [not-reached:9092]
`;

const packageSchema = z.object({ version: z.string() });

let folder: string;
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-'));
  clickHouse = await startClickHouse();
  await createSchema(clickHouse);
  const toMicros = Date.now() * 1000;
  const rows = { dataSource: L7, seed: 3, firstRow: 0, rows: 5 } as const;
  await insertRows(clickHouse, { ...rows, fromMicros: toMicros - 60_000_000, toMicros });
  await writeFile(join(folder, 'flow-logs.yaml'), MANIFEST);
});
afterAll(async () => {
  await clickHouse.stop();
  await rm(folder, { recursive: true });
});

/** The dashboard of the package, for an API server that does not answer. */
async function startDashboard(program: string): Promise<{ child: ChildProcess; url: string }> {
  const config = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user: { token: 't' } }],
  };
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, dump(config));
  const child = spawn(process.execPath, [program, 'dashboard', '--kubeconfig', kubeconfig]);
  onTestFinished(() => {
    child.kill();
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [url = ''] = await until('the address', () => /http:\S+/.exec(output) ?? undefined);
  return { child, url };
}

test('the package that npm pack makes runs where nothing else is installed', async () => {
  const packed = await packPackage(folder);
  const options = ['--no-fund', '--no-audit', '--prefer-offline', '--omit=dev'];
  await runCommand('npm', ['install', ...options, '--prefix', folder, packed]);
  const program = join(folder, 'node_modules/.bin/deepflow-kafka-exporter');
  const run = (args: readonly string[]): Promise<string> =>
    runCommand(process.execPath, [program, ...args], {
      cwd: folder,
      env: { CLICKHOUSE_USER: clickHouse.username, CLICKHOUSE_PASSWORD: clickHouse.password },
    });
  const { version } = packageSchema.parse(
    JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')),
  );
  expect(await run(['--version'])).toBe(`${version}\n`);
  expect(await run(['validate', '.'])).toBe('');
  const records = await run(['preview', '-f', 'flow-logs.yaml', '--clickhouse', clickHouse.url]);
  expect(records.trim().split('\n')).toHaveLength(5);

  const { child, url } = await startDashboard(program);
  const opened = await fetch(url, { redirect: 'manual' });
  const [cookie = ''] = opened.headers.getSetCookie();
  for (const path of ['/', '/page/main.js', '/page/style.css', '/preact.js']) {
    const { status } = await fetch(new URL(path, url), { headers: { cookie } });
    expect({ path, status }).toEqual({ path, status: 200 });
  }
  child.kill();
});
