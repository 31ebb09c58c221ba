import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROJECT, readTranslation } from '../scripts/translations.ts';

const PAGES = [
  'README.zh-CN.md',
  ...readdirSync(new URL('docs/zh/', PROJECT)).map((file) => `docs/zh/${file}`),
];

test.each(PAGES)(
  '%s has what its source has; otherwise translate the sections that are named, and run npm run translated with the page',
  (page) => {
    expect(readTranslation(page).behind).toEqual([]);
  },
);

/** The headings of a page by their levels, and the languages of its blocks, in their order. */
function outlineOf(page: string): readonly string[] {
  const text = readFileSync(new URL(page, PROJECT), 'utf8');
  return [...text.matchAll(/^(#+)(?= )|^ *```(\w+)$/gm)].map(
    ([, heading, language]) => heading ?? language ?? '',
  );
}

test.each(PAGES)('%s has every section and every block of its source', (page) => {
  expect(outlineOf(page)).toEqual(outlineOf(readTranslation(page).source));
});
