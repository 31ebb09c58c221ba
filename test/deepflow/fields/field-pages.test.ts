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

  test.each([...pages.keys()])('has %s as npm run generate makes it', (file) => {
    expect(readFileSync(new URL(file, FOLDER), 'utf8')).toBe(pages.get(file));
  });

  test('has a line for every field of every data source', () => {
    for (const dataSource of DATA_SOURCES.filter((each) => each !== 'event.perf_event')) {
      const page = pages.get(`${dataSource}.md`) ?? '';
      const lost = fieldsOf(dataSource).filter(({ key }) => !page.includes(`\`${key}\``));
      expect(lost.map(({ key }) => key)).toEqual([]);
    }
  });

  test('says under which other name older servers have a data source', () => {
    expect(pages.get('event.file_event.md')).toContain('`event.perf_event`');
    expect(pages.get('README.md')).toContain('`event.perf_event`');
  });
});
