import { expect, test } from 'vitest';
import { readPageFiles } from '../../src/dashboard/page-files.ts';

const { files } = readPageFiles();

test('whatever a file of the page imports is served, and has no types left', () => {
  const imported = [...files].flatMap(([path, { content }]) =>
    [...content.matchAll(/from '(\.[^']+)'/g)].map(
      ([, name = '']) => new URL(name, `http://page${path}`).pathname,
    ),
  );
  expect(imported.length).toBeGreaterThan(20);
  expect(imported.filter((path) => !files.has(path))).toEqual([]);
  expect(files.get('/page/main.ts')?.content).not.toContain(': PageState');
});

test('every module is asked for at once, and none that is not used', () => {
  const { content = '' } = files.get('/') ?? {};
  const preloaded = [...content.matchAll(/<link rel="modulepreload" href="([^"]+)">/g)];
  const scripts = [...files].flatMap(([path, { type }]) =>
    type === 'text/javascript' ? [path] : [],
  );
  // main.ts is the script of the page, and the other has types alone.
  const others = ['/page/main.ts', '/contract/exporter-details.ts'];
  expect(preloaded.map(([, path]) => path).toSorted()).toEqual(
    scripts.filter((path) => !others.includes(path)).toSorted(),
  );
});

test('nothing is served but the page, what it knows of its server, and its library', () => {
  const folders = [...files.keys()].map((path) => path.split('/')[1]);
  expect([...new Set(folders)].toSorted()).toEqual(['', 'contract', 'page', 'preact.js']);
});
