import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHART, chartFiles, chartTables } from '../../scripts/chart/chart-files.ts';
import { chartValues } from '../../scripts/chart/values.ts';

const files = chartFiles();
const read = (file: string | URL): string => readFileSync(new URL(file, CHART), 'utf8');

describe('the Helm chart', () => {
  it.each([...files.keys()])('has %s exactly as npm run generate makes it', (file) => {
    expect(read(file)).toBe(files.get(file));
  });

  it.each(chartTables().map(({ name, page, table }) => [name, page, table] as const))(
    'has the table of %s in its page',
    (name, page, table) => {
      expect(read(page)).toContain(
        `<!-- ${name}: generated -->\n\n${table}\n\n<!-- ${name}: end -->`,
      );
    },
  );

  it('needs no value', () => {
    expect(chartValues.safeParse({}).success).toBe(true);
  });
});
