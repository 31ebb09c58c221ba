import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { manifestSchema } from '../../src/operator/api/manifest-schema.ts';
import { until } from '../lib/until.ts';

// yaml-language-server checks and completes what people write in Visual Studio Code, Neovim and others.

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = fileURLToPath(import.meta.resolve('yaml-language-server/bin/yaml-language-server'));
const MANIFEST = `apiVersion: export.deepflow.io/v1alpha1
kind: KafkaExporter
metadata: { name: flow-logs }
spec:
  dataSources: [flow_log.l7_flow_log]
  source: { clickHouse: { url: "http://clickhouse:8123" } }
  endpoints: [broker:9092]
`;

const diagnosticsSchema = z.object({
  uri: z.string(),
  diagnostics: z.array(
    z.object({ message: z.string(), range: z.object({ start: z.object({ line: z.int() }) }) }),
  ),
});
const completionSchema = z.object({
  items: z.array(z.object({ label: z.string(), documentation: z.string().optional() })),
});

let folder: string;
let server: ChildProcess;
let editor: MessageConnection;
let firstLine: string;
const told = new Map<string, string[]>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'editor-'));
  const page = await readFile(join(ROOT, 'docs/command-line.md'), 'utf8');
  [, firstLine = ''] = /`(# yaml-language-server: [^`]+)`/.exec(page) ?? [];
  const [, schema = ''] = /\$schema=(\S+)/.exec(firstLine) ?? [];
  await writeFile(join(folder, schema), JSON.stringify(manifestSchema()));
  server = spawn(process.execPath, [PROGRAM, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (server.stdout === null || server.stdin === null) throw new Error('no pipes');
  editor = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  editor.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) =>
    items.map(() => ({})),
  );
  editor.onRequest('client/registerCapability', () => null);
  editor.onNotification('textDocument/publishDiagnostics', (sent: unknown) => {
    const { diagnostics, uri } = diagnosticsSchema.parse(sent);
    told.set(
      uri,
      diagnostics.map(({ message, range }) => `${range.start.line + 1}: ${message}`),
    );
  });
  editor.listen();
  await editor.sendRequest('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: { textDocument: { completion: {}, publishDiagnostics: {} } },
  });
  await editor.sendNotification('initialized', {});
});
afterAll(async () => {
  editor.dispose();
  server.kill();
  await rm(folder, { recursive: true });
});

/** Opens a manifest below the line of docs/command-line.md, and returns its URI. */
async function open(name: string, manifest: string): Promise<string> {
  const uri = pathToFileURL(join(folder, name)).href;
  const text = `${firstLine}\n${manifest}`;
  const document = { uri, languageId: 'yaml', version: 1, text };
  await editor.sendNotification('textDocument/didOpen', { textDocument: document });
  return uri;
}

it.each([
  ['nothing of a valid manifest', '', '', []],
  [
    'an unknown field',
    'endpoints',
    'endpoint',
    ['5: Missing property "endpoints".', '8: Property endpoint is not allowed.'],
  ],
  [
    'a wrong type',
    'endpoints',
    'batchSize: many\n  endpoints',
    ['8: Incorrect type. Expected "integer".'],
  ],
])('an editor says %s', async (name, before, after, expected) => {
  const uri = await open(`${name}.yaml`, MANIFEST.replace(before, after));
  await until('diagnostics', () => told.has(uri));
  expect(told.get(uri)).toEqual(expected);
});

it('an editor completes fields, with their descriptions', async () => {
  const uri = await open('completed.yaml', `${MANIFEST}  \n`);
  const answer = await editor.sendRequest('textDocument/completion', {
    textDocument: { uri },
    position: { line: 8, character: 2 },
  });
  const { items } = completionSchema.parse(answer);
  const fields = new Map(items.map(({ documentation, label }) => [label, documentation]));
  expect([...fields.keys()]).toEqual(expect.arrayContaining(['sasl', 'tls', 'tagFilters']));
  expect(fields.get('suspend')).toBe(
    'True: the operator changes nothing and only reports the status.',
  );
});
