import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadAll } from 'js-yaml';
import { z } from 'zod';

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const page = read('docs/security.md');

/** `file`: part of the name of a test. */
const PROOFS = [...page.matchAll(/`(test\/[^`]+\.test\.ts)`: ([^|)\n]+)/g)].map(
  ([, file = '', name = '']) => [file, name.trim()] as const,
);

const roleSchema = z.looseObject({
  kind: z.string(),
  rules: z.array(z.looseObject({ resources: z.array(z.string()) })).default([]),
});

describe('docs/security.md', () => {
  it('shows each claim in its tables by a test', () => {
    const claims = [...page.matchAll(/^\| (?!Claim|Cannot|Right|---)[^|]+ \| `test\//gm)];
    const rows = [...page.matchAll(/^\| (?!Claim|Cannot|Right|---)[^|`]+ \|/gm)];
    expect(claims.length).toBeGreaterThan(10);
    expect(rows.length).toBe(claims.length);
  });

  it.each(PROOFS)('names a test that is there: %s: %s', (file, name) => {
    expect(existsSync(new URL(`../${file}`, import.meta.url))).toBe(true);
    // The title of a test stands in quotation marks on one line.
    const titles = read(file)
      .split('\n')
      .filter((line) => /['"`].*['"`]/.test(line));
    expect(titles.join('\n')).toContain(name);
  });

  it.each(['deploy/cluster-wide/rbac.yaml', 'deploy/base/rbac.yaml'])(
    'explains every resource of %s',
    (file) => {
      const rules = loadAll(read(file)).flatMap((each) => roleSchema.parse(each).rules);
      for (const resource of rules.flatMap(({ resources }) => resources)) {
        expect(page).toContain(`\`${resource}\``);
      }
    },
  );
});
