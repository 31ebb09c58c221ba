import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCommand } from '../harness/commands/run-command.ts';
import { goTool } from '../harness/go-tools/go-tool.ts';
import { hasTools } from './has-tools.ts';

const IMAGE = `registry.example.com/deepflow-kafka-exporter@sha256:${'a'.repeat(64)}`;
const { version: VERSION } = z
  .object({ version: z.string() })
  .parse(JSON.parse(await readFile('package.json', 'utf8')));
const bill = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(z.looseObject({ name: z.string(), version: z.string() })),
});

describe.skipIf(!(await hasTools('helm4')))('npm run release', () => {
  let folder: string;
  let helm: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deepflow-release-'));
    helm = (await goTool('helm4')).program('helm');
    const PATH = [dirname(helm), process.env['PATH']].join(delimiter);
    const options = ['--image', IMAGE, '--folder', folder];
    await runCommand('npm', ['run', 'release', '--', ...options], { env: { PATH } });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const fileOf = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

  it('lists every file with its checksum', async () => {
    const sums = (await fileOf('SHA256SUMS'))
      .trim()
      .split('\n')
      .map((line) => line.split('  '));
    expect(sums.map(([, name]) => name)).toEqual([
      'THIRD-PARTY-LICENCES.txt',
      `deepflow-kafka-exporter-${VERSION}.cdx.json`,
      `deepflow-kafka-exporter-${VERSION}.chart.tgz`,
      `deepflow-kafka-exporter-${VERSION}.tgz`,
      'install.yaml',
    ]);
    for (const [sum, name = ''] of sums) {
      const bytes = await readFile(join(folder, name));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sum);
    }
  });

  it('has an install.yaml and a chart that install the released image by its digest', async () => {
    expect(await fileOf('install.yaml')).toContain(`image: ${IMAGE}\n`);
    const rendered = await runCommand(helm, [
      'template',
      'x',
      join(folder, `deepflow-kafka-exporter-${VERSION}.chart.tgz`),
    ]);
    expect(rendered).toContain(`image: "${IMAGE}"`);
  });

  it('has a program that runs where npm installs it', async () => {
    const prefix = join(folder, 'installed');
    const tarball = join(folder, `deepflow-kafka-exporter-${VERSION}.tgz`);
    const options = ['--omit', 'dev', '--prefer-offline', '--no-audit', '--no-fund'];
    await runCommand('npm', ['install', '--prefix', prefix, ...options, tarball]);
    const program = join(prefix, 'node_modules/.bin/deepflow-kafka-exporter');
    expect(await runCommand(program, ['--version'])).toBe(`${VERSION}\n`);
  });

  it('lists the packages of the image, with their licences', async () => {
    const { components } = bill.parse(
      JSON.parse(await fileOf(`deepflow-kafka-exporter-${VERSION}.cdx.json`)),
    );
    const licences = await fileOf('THIRD-PARTY-LICENCES.txt');
    expect(components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['kafkajs', 'undici']),
    );
    expect(components.map(({ name }) => name)).not.toContain('vitest');
    const named = components.filter(({ name, version }) =>
      licences.includes(`${name} ${version}: `),
    );
    expect(components).toEqual(named);
  });
});
