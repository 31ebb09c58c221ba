import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCommand } from '../harness/commands/run-command.ts';
import { goTool } from '../harness/go-tools/go-tool.ts';
import { hasTools } from './has-tools.ts';

const IMAGE = `registry.example.com/deepflow-kafka-exporter@sha256:${'a'.repeat(64)}`;
const DOWNLOADS = 'https://example.com/owner/name/releases/download/v1';
const { version: VERSION } = z
  .object({ version: z.string() })
  .parse(JSON.parse(await readFile('package.json', 'utf8')));
const krewPlugin = z.object({
  spec: z.object({
    platforms: z.array(z.object({ uri: z.string(), sha256: z.string() })),
  }),
});
const bill = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(z.looseObject({ name: z.string(), version: z.string() })),
});

const hasKrew = await hasTools('krew');

describe.skipIf(!(await hasTools('helm4')))('npm run release', () => {
  let folder: string;
  let helm: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deepflow-release-'));
    helm = (await goTool('helm4')).program('helm');
    const PATH = [dirname(helm), process.env['PATH']].join(delimiter);
    const options = ['--image', IMAGE, '--folder', folder, '--downloads', DOWNLOADS];
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
      'kfx.yaml',
      ...['darwin-amd64', 'darwin-arm64', 'linux-amd64', 'linux-arm64'].map(
        (platform) => `kubectl-kfx-${VERSION}-${platform}.tar.gz`,
      ),
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

  it('has archives of the plugin of kubectl whose checksums krew finds in its manifest', async () => {
    const { spec } = krewPlugin.parse(load(await fileOf('kfx.yaml')));
    expect(spec.platforms).toHaveLength(4);
    for (const { sha256, uri } of spec.platforms) {
      const bytes = await readFile(join(folder, uri.replace(`${DOWNLOADS}/`, '')));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    }
  });

  it.skipIf(!hasKrew)('has a plugin that krew installs', async () => {
    const krew = (await goTool('krew')).program('krew');
    const env = { KREW_ROOT: join(folder, 'krew') };
    const archive = join(folder, `kubectl-kfx-${VERSION}-linux-amd64.tar.gz`);
    const files = [`--manifest=${join(folder, 'kfx.yaml')}`, `--archive=${archive}`];
    await runCommand(krew, ['install', ...files], { env });
    const plugin = join(env.KREW_ROOT, 'bin/kubectl-kfx');
    expect(await runCommand(plugin, ['--version'])).toBe(`${VERSION}\n`);
    // A kubeconfig with a command needs the largest library.
    const wanted = ['status', '--kubeconfig', join(folder, 'none')];
    await expect(runCommand(plugin, wanted)).rejects.toThrow('there is no kubeconfig');
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
