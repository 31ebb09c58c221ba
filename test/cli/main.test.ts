import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

test.each([
  [
    ['operator', '--installation', 'eu.west'],
    '--installation: must be 1 to 63 letters, digits, "-" and "_"\n',
  ],
  [
    ['operator', '--require-secret-label', 'exported to'],
    '--require-secret-label: must be a label such as NAME or NAME=VALUE\n',
  ],
  [
    ['operator', '--allowed-pod-labels', 'app.kubernetes.io/*,*/team'],
    '--allowed-pod-labels: must be names, comma-separated; only their last character may be *\n',
  ],
  [['operator', '--port', 'http'], '--port: must be a number of 0 to 65535\n'],
  [['operator', '--port', '65536'], '--port: must be a number of 0 to 65535\n'],
])('a wrong option is named, with what it must be: %j', (options, says) => {
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...options], {
    encoding: 'utf8',
    env: { ...process.env, POD_NAMESPACE: '' },
  });
  expect({ status, stderr }).toEqual({ status: 2, stderr: says });
});

test('an operator that lacks a variable says which', () => {
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'operator', '--leader-elect'], {
    encoding: 'utf8',
    env: { ...process.env, POD_NAMESPACE: '' },
  });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr:
      'the namespace of the Lease is not set: set --leader-election-namespace or the variable POD_NAMESPACE\n',
  });
});

test.each([
  [['validate'], 2],
  [['no-such-command'], 2],
  [['preview', '--no-such-option'], 2],
  [['--help'], 0],
  [['--version'], 0],
])('%j ends with the exit code %i', (options, code) => {
  expect(spawnSync(process.execPath, [PROGRAM, ...options]).status).toBe(code);
});

/** The commands that people call, and those of the image. */
const COMMANDS = [
  '',
  'convert',
  'exporter',
  'operator',
  'preview',
  'compare',
  'status',
  'tap',
  'dashboard',
  'render',
  'schema',
  'validate',
  'checkpoints show',
  'checkpoints reset',
  'completion',
];

test.each(COMMANDS)('the help of "%s" fits a terminal of 80 columns', (name) => {
  const command = name.split(' ').filter((word) => word !== '');
  const { stdout } = spawnSync(process.execPath, [PROGRAM, ...command, '--help'], {
    encoding: 'utf8',
  });
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(stdout.split('\n').length).toBeLessThan(60);
});

test('an older Node gets a sentence, not a stack trace', async () => {
  const description: unknown = JSON.parse(await readFile(PACKAGE, 'utf8'));
  expect(description).toMatchObject({ engines: { node: '>=24.5' } });
  const older = 'Object.defineProperty(process, "versions", { value: { node: "20.20.2" } })';
  const options = ['--import', `data:text/javascript,${encodeURIComponent(older)}`, PROGRAM];
  const { status, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr:
      'deepflow-kafka-exporter needs Node 24.5 or later, but this is Node 20.20.2: install a newer Node\n',
  });
});

test('a reader that has read enough ends the program without an error', () => {
  const { stderr, stdout } = spawnSync(
    'sh',
    ['-c', '"$0" "$1" schema --crd | head -c 100', process.execPath, PROGRAM],
    { encoding: 'utf8' },
  );
  expect(stdout).toHaveLength(100);
  expect(stderr).toBe('');
});
