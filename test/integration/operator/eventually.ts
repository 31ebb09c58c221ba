import { systemClock } from '../../../src/lib/clock.ts';

/**
 * The first answer that is not undefined.
 *
 * @throws after `deadlineMs` naming what did not come.
 */
export async function eventually<Value>(
  what: string,
  probe: () => Promise<Value | undefined> | Value | undefined,
  deadlineMs = 15_000,
): Promise<Value> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await systemClock.sleep(20);
  }
}
