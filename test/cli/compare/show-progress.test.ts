import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createProgress } from '../../../src/cli/compare/show-progress.ts';
import { createManualClock } from '../../lib/manual-clock.ts';

async function shown(isTTY: boolean): Promise<string> {
  const clock = createManualClock();
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const progress = createProgress(clock, stderr);
  for (let tenth = 0; tenth <= 100; tenth++) {
    progress.show({ pass: 1, passes: 2, share: tenth / 100 });
    await clock.advance(60);
  }
  progress.end();
  return String(stderr.read() ?? '');
}

test('on a terminal, a bar is drawn at most ten times a second, and removed at the end', async () => {
  const bars = (await shown(true)).split('\r\u001b[K').slice(1);
  expect(bars[0]).toBe(`[${' '.repeat(30)}] 0% of pass 1 of 2`);
  expect(bars.at(-2)).toBe(`[${'#'.repeat(30)}] 100% of pass 1 of 2`);
  expect(bars.at(-1)).toBe('');
  expect(bars.length).toBeLessThan(60);
});

test('elsewhere, a line says every few seconds how far the work is', async () => {
  expect(await shown(false)).toBe('compared 84% of pass 1 of 2\n');
});
