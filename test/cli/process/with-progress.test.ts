import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { withProgress } from '../../../src/cli/process/with-progress.ts';
import { createManualClock } from '../../lib/manual-clock.ts';

/** Runs work that takes this long, and returns what was said. */
async function said(workMs: number, isTTY: boolean): Promise<string> {
  const clock = createManualClock();
  const stderr = Object.assign(new PassThrough(), { isTTY });
  let files = 0;
  const work = withProgress(
    { clock, stderr },
    () => `checked ${files} files`,
    async () => {
      await clock.sleep(workMs);
      return 'result';
    },
  );
  for (let ms = 0; ms < workMs; ms += 500) {
    files++;
    await clock.advance(500);
  }
  expect(await work).toBe('result');
  await clock.advance(60_000);
  stderr.end();
  return String(stderr.read() ?? '');
}

test.each([
  ['work of less than two seconds says nothing', 1_500, true, ''],
  [
    'longer work says what it does, after two seconds and then every five',
    12_500,
    true,
    'checked 4 files …\nchecked 14 files …\nchecked 24 files …\n',
  ],
  ['where nobody looks, nothing is said', 12_500, false, ''],
])('%s', async (_name, workMs, isTTY, lines) => {
  expect(await said(workMs, isTTY)).toBe(lines);
});
