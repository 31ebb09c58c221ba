import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  EXPORTER_OPTIONS,
  FILTER_OPTIONS,
  OTHER_NAMES,
  SASL_OPTIONS,
} from '../src/cli/convert/read/option-names.ts';
import { OUTCOMES } from '../src/cli/convert/read/option-report.ts';

const ROOT = new URL('../', import.meta.url);
const page = readFileSync(new URL('docs/deepflow-differences.md', ROOT), 'utf8');

/** A row of the page's tables. */
interface PageRow {
  readonly what: string;
  readonly proof: string;
}

const ROWS: readonly PageRow[] = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.endsWith('| proof |'))
  .map((line) => {
    const [what = '', , proof = ''] = line
      .split(' | ')
      .map((cell) => cell.replace(/^\| | \|$/g, ''));
    return { what, proof };
  });

interface NamedTest {
  readonly name: string;
  readonly file: string;
}

function namedTests(proof: string): readonly NamedTest[] {
  return [...proof.matchAll(/“([^”]+)” \(\[[^\]]+\]\(\.\.\/([^)]+)\)\)/g)].map(
    ([, name = '', file = '']) => ({ name, file }),
  );
}

/** Whether a file has the name as a whole text, as the name of a test or of a row of its table is written. */
function has({ name, file }: NamedTest): boolean {
  const path = new URL(file, ROOT);
  if (!existsSync(path)) return false;
  const source = readFileSync(path, 'utf8');
  return [`'${name}'`, `"${name}"`, `\`${name}\``].some((text) => source.includes(text));
}

describe('docs/deepflow-differences.md', () => {
  test('has rows', () => {
    expect(ROWS.length).toBeGreaterThan(50);
  });

  test.each(ROWS)('proves what it says of: $what', ({ proof }) => {
    const named = namedTests(proof);
    const isImpossible = /^impossible: \S/.test(proof);
    expect(isImpossible || named.length > 0).toBe(true);
    expect(named.filter((each) => !has(each))).toEqual([]);
  });
});

const guide = readFileSync(new URL('docs/migrate-from-deepflow.md', ROOT), 'utf8');

describe('docs/migrate-from-deepflow.md', () => {
  test('says what becomes of each option, under all its names', () => {
    const sasl = SASL_OPTIONS.map((name) => `sasl.${name}`);
    const names = [...EXPORTER_OPTIONS, ...sasl, ...FILTER_OPTIONS, ...Object.keys(OTHER_NAMES)];
    const [, table = ''] = guide.split('## What becomes of each option');
    expect(names.filter((name) => name !== 'sasl' && !table.includes(`\`${name}\``))).toEqual([]);
  });

  test('has the words of the report', () => {
    expect(OUTCOMES.filter((word) => !guide.includes(`\n| ${word} | `))).toEqual([]);
  });
});
