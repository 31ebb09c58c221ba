import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 250;

/** Does it again until it succeeds. @throws the last error after `deadlineMs`. */
export async function eventually<T>(work: () => Promise<T>, deadlineMs: number): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await sleep(PAUSE_MS);
  }
}

/** Waits until the condition holds; false when it does not after `deadlineMs`. */
export async function holdsWithin(
  condition: () => boolean | Promise<boolean>,
  deadlineMs: number,
): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await sleep(PAUSE_MS);
  }
  return true;
}
