import { setting } from '../settings.ts';

/**
 * Resolves on Ctrl-C, on SIGTERM, or when npm, which does not pass SIGTERM on, has ended. The first call takes these
 * signals from Node, whose own answer is to end the process; a second signal ends it at once.
 */
export async function untilSignal(): Promise<void> {
  const parent = process.ppid;
  await new Promise<void>((resolve) => {
    // The death of npm shows in the number of the parent. The timer also keeps this process alive, which the programs
    // it started do not.
    const watch = setInterval(() => {
      if (setting('npm_lifecycle_event') !== undefined && process.ppid !== parent) end();
    }, 500);
    const end = (): void => {
      clearInterval(watch);
      resolve();
    };
    process.once('SIGINT', end).once('SIGTERM', end);
  });
}
