import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../harness/commands/run-command.ts';
import { goTool } from '../harness/go-tools/go-tool.ts';
import { hasTools } from './has-tools.ts';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = globSync('examples/**/*.yaml', { cwd: ROOT });

describe.skipIf(!(await hasTools('kubeconform')))('kubeconform with our schema', () => {
  let folder: string;
  /** What it prints for a file, with the options of docs/command-line.md but those for the kinds of Kubernetes, which it downloads. */
  let check: (file: string) => Promise<string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubeconform-'));
    const page = await readFile(join(ROOT, 'docs/command-line.md'), 'utf8');
    const [, name = ''] = /schema --crd > (\S+)/.exec(page) ?? [];
    const [, template = ''] = /-schema-location '(\{\{.*?)'/.exec(page) ?? [];
    const schema = [join(ROOT, 'src/cli/main.ts'), 'schema', '--crd'];
    await writeFile(join(folder, name), await runCommand(process.execPath, schema));
    const program = (await goTool('kubeconform')).program('kubeconform');
    const options = ['-verbose', '-ignore-missing-schemas', '-schema-location', template];
    check = (file) => runCommand(program, [...options, file], { cwd: folder }).catch(String);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(EXAMPLES)('accepts %s', async (file) => {
    const said = await check(join(ROOT, file));
    expect(said).not.toMatch(/invalid|error/i);
    const text = await readFile(join(ROOT, file), 'utf8');
    const exporters = text.match(/^kind: KafkaExporter$/gm) ?? [];
    expect(said.match(/KafkaExporter \S+ is valid/g) ?? []).toHaveLength(exporters.length);
  });

  it.each([
    ['a field that there is not', 'dataSources:', 'dataSource:', /'dataSource' not allowed/],
    ['a value that there is not', 'SASL_SSL', 'SSL', /securityProtocol': value must be one of/],
    [
      'a number as text',
      'dataSources:',
      'batchSize: "7"\n  dataSources:',
      /batchSize': got string/,
    ],
  ])('refuses %s', async (_name, before, after, message) => {
    const text = await readFile(join(ROOT, 'examples/flow-logs.yaml'), 'utf8');
    expect(text).toContain(before);
    const file = join(folder, 'changed.yaml');
    await writeFile(file, text.replace(before, after));
    expect(await check(file)).toMatch(message);
  });
});
