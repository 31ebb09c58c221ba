import { readdirSync } from 'node:fs';
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
