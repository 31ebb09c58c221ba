import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Larger folders need a place to start. */
const SMALL_FOLDER_FILES = 6;

const files = ['src', 'test', 'scripts']
  .flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      path.join(folder, file),
    ),
  )
  .filter((file) => file.endsWith('.ts'));
const text = readFileSync(path.join(ROOT, 'ARCHITECTURE.md'), 'utf8');
const named = [...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, name = '']) => name);

describe('ARCHITECTURE.md', () => {
  test('names files that are there', () => {
    const isThere = (name: string): boolean =>
      files.some((file) => `/${file}`.endsWith(`/${name}`));
    expect(named.filter((name) => !isThere(name))).toEqual([]);
  });

  test('says where to start in every folder of more than six files', () => {
    const folders = Map.groupBy(
      files.filter((file) => file.startsWith('src/')),
      (file) => path.dirname(file),
    );
    const larger = [...folders].filter(([, inside]) => inside.length > SMALL_FOLDER_FILES);
    const isNamed = (file: string): boolean =>
      named.some((name) => `/${file}`.endsWith(`/${name}`));
    const without = larger.filter(([, inside]) => !inside.some(isNamed)).map(([folder]) => folder);
    expect(without).toEqual([]);
  });
});
