import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ENGINES } from './harness/clickhouse/engine-versions.ts';
import { KAFKA_VERSIONS } from './harness/kafka/kafka-versions.ts';
import { KUBERNETES_VERSIONS } from './harness/kubernetes/kubernetes-versions.ts';
import { shellCommands } from './lib/shell-commands.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = [
  ...readdirSync(ROOT).filter((file) => file.endsWith('.md')),
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) =>
    path.join('docs', file),
  ),
  'test/harness/README.md',
  'deploy/helm/deepflow-kafka-exporter/README.md',
].filter((file) => file.endsWith('.md'));

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')));

/** Headings as links name them. */
function headingsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(DOCUMENTS)('%s', (file) => {
  const text = readFileSync(path.join(ROOT, file), 'utf8');

  test('links to files that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(
      ([, link = '']) => link,
    );
    expect(links.filter((link) => !existsSync(path.join(ROOT, path.dirname(file), link)))).toEqual(
      [],
    );
  });

  test('links to headings that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*\.md)?#([^)]+)\)/g)];
    const broken = links.filter(([, target, anchor = '']) => {
      const page = path.join(ROOT, path.dirname(file), target ?? path.basename(file));
      return !headingsOf(readFileSync(page, 'utf8')).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  test('names npm scripts that package.json has', () => {
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  test('applies files that are there', () => {
    const applied = shellCommands(text).flatMap((command) => {
      const [, target] = /^kubectl (?:apply|delete) -[fk] (\S+)/.exec(command) ?? [];
      return target === undefined ? [] : [target];
    });
    expect(applied.filter((target) => !existsSync(path.join(ROOT, target)))).toEqual([]);
  });

  test('speaks of no other place', () => {
    expect(text).not.toMatch(/\/work\/|\/root\/|\/home\//);
  });
});

test('docs/README.md has one line for each page', () => {
  const index = readFileSync(path.join(ROOT, 'docs/README.md'), 'utf8');
  const lines = [...index.matchAll(/^- \[[^\]]+\]\(([^)#]+\.md)\)/gm)].map(([, page = '']) => page);
  const pages = DOCUMENTS.filter((file) => file.startsWith('docs/'))
    .map((file) => path.relative('docs', file))
    // The page of each data source is on the index of the fields.
    .filter(
      (page) => page !== 'README.md' && (!page.startsWith('fields/') || page.endsWith('README.md')),
    );
  expect(lines.filter((page) => !page.startsWith('../')).toSorted()).toEqual(pages.toSorted());
});

test('README and installation make install.yaml by the command of the tutorial, which the end-to-end tests run', () => {
  const commandOf = (file: string): string | undefined =>
    shellCommands(readFileSync(path.join(ROOT, file), 'utf8')).find((command) =>
      command.startsWith('kubectl kustomize'),
    );
  const image = 'registry.example.com/deepflow-kafka-exporter:0.1.0';
  const wanted = commandOf('docs/tutorial.md')?.replace('$IMAGE', image);
  expect(wanted).toContain(image);
  expect([commandOf('README.md'), commandOf('docs/install.md')]).toEqual([wanted, wanted]);
});

test('the README’s test command is what the continuous integration runs', () => {
  const run = readFileSync(path.join(ROOT, '.ci/run'), 'utf8');
  expect(shellCommands(readFileSync(path.join(ROOT, 'README.md'), 'utf8'))).toContain('npm test');
  expect(run.trim().split('\n').at(-1)).toBe('npm ci && npm test');
});

/** The tests of each part run on these. */
const TESTED: Readonly<Record<string, readonly string[]>> = {
  Kubernetes: KUBERNETES_VERSIONS,
  Kafka: KAFKA_VERSIONS,
  ClickHouse: ENGINES,
};

test.each(Object.entries(TESTED))(
  'docs/install.md has the tested versions of %s',
  (part, versions) => {
    const text = readFileSync(path.join(ROOT, 'docs/install.md'), 'utf8');
    const [, cell = ''] = new RegExp(`^\\| ${part} \\| (.+) \\|$`, 'm').exec(text) ?? [];
    const minors = versions.map((version) => version.split('.').slice(0, 2).join('.'));
    expect(cell.replaceAll(/ \([^)]*\)/g, '').split(', ')).toEqual(minors);
  },
);

test('the checksums of every tested Kubernetes are kept', () => {
  const sums = readFileSync(path.join(ROOT, 'test/harness/kubernetes/go.sum'), 'utf8');
  const kept = KUBERNETES_VERSIONS.filter((version) =>
    sums.includes(`\nk8s.io/kubernetes v${version} h1:`),
  );
  expect(kept).toEqual(KUBERNETES_VERSIONS);
});
