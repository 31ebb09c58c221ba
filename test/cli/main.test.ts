import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

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
  [
    ['operator', '--leader-elect'],
    'the namespace of the Lease is not set: set --leader-election-namespace or the variable POD_NAMESPACE\n',
  ],
])('a wrong option is named, with what it must be: %j', (options, says) => {
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...options], {
    encoding: 'utf8',
    env: { ...process.env, POD_NAMESPACE: '' },
  });
  expect({ status, stderr }).toEqual({ status: 1, stderr: says });
});
