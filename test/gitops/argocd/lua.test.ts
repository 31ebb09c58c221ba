import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCommand } from '../../harness/commands/run-command.ts';
import { goTool } from '../../harness/go-tools/go-tool.ts';
import { hasTools } from '../has-tools.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy/argocd');
const FOLDER = join(DEPLOY, 'resource_customizations/export.deepflow.io/KafkaExporter');

const healthTests = z.strictObject({
  tests: z.array(
    z.strictObject({
      healthStatus: z.strictObject({ status: z.string(), message: z.string() }),
      inputPath: z.string(),
    }),
  ),
});

const actionTests = z.strictObject({
  discoveryTests: z.array(
    z.strictObject({
      inputPath: z.string(),
      result: z.array(z.strictObject({ name: z.string(), disabled: z.boolean() })),
    }),
  ),
  actionTests: z.array(
    z.strictObject({
      action: z.string(),
      inputPath: z.string(),
      expectedOutputPath: z.string(),
    }),
  ),
});

const read = async (path: string): Promise<unknown> =>
  load(await readFile(join(FOLDER, path), 'utf8'));
const health = healthTests.parse(await read('health_test.yaml'));
const { actionTests: runs, discoveryTests } = actionTests.parse(
  await read('actions/action_test.yaml'),
);

/** Runs Lua of `argocd-cm.yaml` by Argo CD's own command. A changed object is printed whole, not as a difference. */
async function resourceOverrides(...args: readonly string[]): Promise<string> {
  const { program } = await goTool('argocd');
  return runCommand(
    program('argocd'),
    [
      ...['admin', 'settings', 'resource-overrides', ...args],
      ...['--argocd-cm-path', join(DEPLOY, 'argocd-cm.yaml')],
    ],
    { env: { KUBECTL_EXTERNAL_DIFF: `sh -c 'cat "$1"'`, ARGOCD_BINARY_NAME: 'argocd' } },
  );
}

describe.skipIf(!(await hasTools('argocd')))('Argo CD, with argocd-cm.yaml', () => {
  it.each(health.tests)(
    'finds $inputPath $healthStatus.status',
    async ({ healthStatus, inputPath }) => {
      const said = await resourceOverrides('health', join(FOLDER, inputPath));
      const [, status, message] = /^STATUS: (.*)\nMESSAGE: (.*)$/m.exec(said) ?? [];
      expect({ status, message }, said).toEqual(healthStatus);
    },
  );

  it.each(discoveryTests)('offers actions for $inputPath', async ({ inputPath, result }) => {
    const said = await resourceOverrides('list-actions', join(FOLDER, 'actions', inputPath));
    const offered = said
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/\s+/));
    expect(offered, said).toEqual(
      result.map(({ disabled, name }) => [name, String(disabled)]).toSorted(),
    );
  });

  it.each(runs)('runs $action', async ({ action, expectedOutputPath, inputPath }) => {
    const object = join(FOLDER, 'actions', inputPath);
    const said = await resourceOverrides('run-action', object, action);
    const [, printed = ''] = said.split('Following fields have been changed:\n\n');
    const timeless = printed.replace(
      /(restartedAt: )"?20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"?/,
      '$1"0001-01-01T00:00:00Z"',
    );
    expect(load(timeless), said).toEqual(await read(join('actions', expectedOutputPath)));
  });
});
