import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const page = (name: string): string =>
  readFileSync(new URL(`../docs/${name}.md`, import.meta.url), 'utf8');
const SIZING = page('sizing');
const BENCHMARKS = page('benchmarks');

/** The cells of the line of a table that begins so. */
function cells(text: string, start: string): readonly string[] {
  const line = text.split('\n').find((each) => each.startsWith(`| ${start} |`)) ?? '';
  return line
    .split('|')
    .map((cell) => cell.trim())
    .slice(2, -1);
}

/** The figure for ClickHouse 23.10, which DeepFlow installs: the first of a cell. */
const first = (cell: string | undefined): number => Number(cell?.split('·')[0]?.trim());

test.each([
  ['lz4', 0],
  ['zstd', 1],
])('the costs of a record with %s are those of the benchmarks', (codec, column) => {
  const [records, , clickHouse, broker] = cells(BENCHMARKS, `${codec}, \`ExactlyOnce\``);
  const cost = (start: string): string =>
    (cells(SIZING, start)[column] ?? '').replace(' µs', '').replaceAll(' ', '');
  expect(cost("records per second of the exporter's CPU time")).toBe(`${first(records)}000`);
  expect(cost('CPU time of ClickHouse for a record')).toBe(String(first(clickHouse)));
  expect(cost('CPU time of the broker for a record')).toBe(String(first(broker)));
});

test('bytes on Kafka follow from the size of a call and the ratios of the codecs', () => {
  const [, size = ''] = /`flow_log\.l7_flow_log` \((\d+)\)/.exec(BENCHMARKS) ?? [];
  const [, lz4 = '', zstd = ''] =
    /directly has a compression ratio of ([\d.]+),.*?zstd level 1 has ([\d.]+),/s.exec(
      BENCHMARKS,
    ) ?? [];
  const rounded = [lz4, zstd].map((ratio) =>
    String(Math.round(Number(size) / Number(ratio) / 10) * 10),
  );
  expect(cells(SIZING, `bytes of a call on Kafka, of ${size} as JSON`)).toEqual(rounded);
});

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test.each([
  ['127 000 records', 'lz4, `ExactlyOnce`', '127'],
  ['128 000 at least once', 'lz4, `AtLeastOnce`', '128'],
  ['0.66 s (median', 'a Secret is changed → three pods have authenticated with it', '0.66 s'],
  ['99 %: 1.64 s', 'a Secret is changed → three pods have authenticated with it', '1.64 s'],
  ['7 % of a core', 'CPU under load', '7 % of a core'],
  ['240 MB', 'resident memory in MB, median of the last third and maximum', '240'],
])('the README says "%s" as the benchmarks do', (words, line, figure) => {
  expect(README.replaceAll(/\s+/g, ' ')).toContain(words);
  expect(cells(BENCHMARKS, line).join(' | ')).toContain(figure);
});
