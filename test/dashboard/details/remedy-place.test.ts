import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { remedyPlace } from '../../../src/dashboard/details/remedy-place.ts';
import { CONDITION_REASONS } from '../../../src/operator/api/status/condition-reasons.ts';

const PAGE = readFileSync(new URL('../../../docs/troubleshooting.md', import.meta.url), 'utf8');

/** The sections that have a reason in the first column of their table. */
function sectionsWith(reason: string): readonly string[] {
  return PAGE.split(/^## /m)
    .slice(1)
    .filter((section) =>
      section.split('\n').some((line) => line.split('|')[1]?.includes(`\`${reason}`)),
    )
    .map((section) => `docs/troubleshooting.md, section ${section.split('\n')[0] ?? ''}`);
}

test.each(CONDITION_REASONS.map((reason) => [reason]))(
  'the remedy of %s is where the page has it',
  (reason) => {
    const sections = sectionsWith(reason);
    if (sections.length === 0) expect(remedyPlace(reason)).toBeUndefined();
    else expect(sections).toContain(remedyPlace(reason));
  },
);

test('most reasons have a remedy', () => {
  const known = CONDITION_REASONS.filter((reason) => remedyPlace(reason) !== undefined);
  expect(known.length).toBeGreaterThan(50);
});
