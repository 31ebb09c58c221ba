import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PICTURES, pictures } from '../scripts/pictures.ts';

test('the pictures of the documents are what npm run generate draws', async () => {
  const drawn = await pictures();
  const files = readdirSync(PICTURES).filter((file) => file.endsWith('.svg'));
  expect([...drawn.keys()].toSorted()).toEqual(files.toSorted());
  for (const [file, picture] of drawn) {
    expect(readFileSync(new URL(file, PICTURES), 'utf8'), file).toBe(picture);
  }
});

test('each picture is on a page, with words for who cannot see it', () => {
  const docs = new URL('../docs/', import.meta.url);
  const pages = [
    new URL('../README.md', import.meta.url),
    ...readdirSync(docs)
      .filter((file) => file.endsWith('.md'))
      .map((file) => new URL(file, docs)),
  ];
  const shown = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/!\[(.{40,})\]\((?:docs\/)?pictures\/(.+)\)/g)].map(
      ([, , file = '']) => file,
    ),
  );
  const files = readdirSync(PICTURES).filter((file) => file.endsWith('.svg'));
  expect(shown.toSorted()).toEqual(files.toSorted());
});
