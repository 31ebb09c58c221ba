import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fieldPages } from '../../../scripts/field-pages.ts';
import { DATA_SOURCES } from '../../../src/deepflow/data-sources.ts';
import { fieldsOf } from '../../../src/deepflow/fields/fields.ts';

const FOLDER = new URL('../../../docs/fields/', import.meta.url);
const pages = fieldPages();

describe('docs/fields/', () => {
  test('has the pages that npm run generate makes, and no others', () => {
    expect(readdirSync(FOLDER).sort()).toEqual([...pages.keys()].sort());
  });

  test.each([...pages.keys()])('has %s exactly as npm run generate makes it', (file) => {
    expect(readFileSync(new URL(file, FOLDER), 'utf8')).toBe(pages.get(file));
  });

  test('has a line for every field of every data source', () => {
    for (const dataSource of DATA_SOURCES.filter((each) => each !== 'event.perf_event')) {
      const page = pages.get(`${dataSource}.md`) ?? '';
      const missing = fieldsOf(dataSource).filter(({ key }) => !page.includes(`\`${key}\``));
      expect(missing.map(({ key }) => key)).toEqual([]);
    }
  });

  test('gives the name of a data source on older servers', () => {
    expect(pages.get('event.file_event.md')).toContain('`event.perf_event`');
    expect(pages.get('README.md')).toContain('`event.perf_event`');
  });
});
