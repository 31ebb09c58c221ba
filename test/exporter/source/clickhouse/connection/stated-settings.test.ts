import { describe, expect, test } from 'vitest';
import { StatedSettings } from '../../../../../src/exporter/source/clickhouse/connection/stated-settings.ts';

const BOUNDS = { max_threads: '4', max_memory_usage: '1000', priority: '10', log_comment: 'mine' };

/**
 * The bounds that queries state when a user has these settings, of which `fixed` ones cannot be
 * changed.
 */
async function statedBounds(
  users: Readonly<Record<string, string>>,
  fixed: readonly string[] = [],
): Promise<Readonly<Record<string, string>>> {
  const clause = await new StatedSettings(BOUNDS).clause((query) => {
    const found = new Map(settingsIn(query));
    for (const [name, value] of Object.entries(users)) found.set(name, value);
    const rows = [...found].map(([name, value]) => [name, value, fixed.includes(name) ? '1' : '0']);
    return Promise.resolve(JSON.stringify(rows));
  });
  return Object.fromEntries(settingsIn(clause).filter(([name]) => name in BOUNDS));
}

function settingsIn(text: string): readonly (readonly [string, string])[] {
  const stated = text.matchAll(/`(\w+)` = (?:'(.*?)'|([^\s,]+))/g);
  return [...stated].map(([, name = '', quoted, bare = '']) => [name, quoted ?? bare]);
}

describe('the bounds of queries', () => {
  test.each<[what: string, users: Record<string, string>, expected: Record<string, string>]>([
    ['no bounds', { max_threads: "'auto(8)'", max_memory_usage: '0', priority: '0' }, {}],
    ['looser ones', { max_threads: '8', max_memory_usage: '2000', priority: '3' }, {}],
    ['fewer threads', { max_threads: '1' }, { max_threads: '1' }],
    ['less memory', { max_memory_usage: '999' }, { max_memory_usage: '999' }],
    ['a lower priority, which is a greater number', { priority: '11' }, { priority: '11' }],
    ['a comment', { log_comment: 'theirs' }, {}],
  ])('are the stricter of both when the user has %s', async (_what, users, expected) => {
    expect(await statedBounds(users)).toEqual({ ...BOUNDS, ...expected });
  });

  test('do not change settings that the user cannot change', async () => {
    const stated = await statedBounds({ max_threads: '8', priority: '1' }, [
      'max_threads',
      'priority',
    ]);
    expect(stated).toEqual({ max_memory_usage: '1000', log_comment: 'mine' });
  });
});
