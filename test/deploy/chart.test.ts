import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHART, CHART_TABLE, chartFiles } from '../../scripts/chart/chart-files.ts';
import { chartValues } from '../../scripts/chart/values.ts';

const files = chartFiles();
const read = (file: string | URL): string => readFileSync(new URL(file, CHART), 'utf8');

describe('the Helm chart', () => {
  it.each([...files.keys()])('has %s exactly as npm run generate makes it', (file) => {
    expect(read(file)).toBe(files.get(file));
  });

  it('has the table of values in its README', () => {
    const { name, page, table } = CHART_TABLE;
    expect(read(page)).toContain(
      `<!-- ${name}: generated -->\n\n${table}\n\n<!-- ${name}: end -->`,
    );
  });

  it('needs no value', () => {
    expect(chartValues.safeParse({}).success).toBe(true);
  });
});
