import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../settings.ts';
import { withProgress } from '../progress.ts';

/**
 * Runs `work` while this process alone holds the lock of that name, and returns what it returns. The kernel keeps
 * the lock (flock(2), held by a child that ends with this process), so the lock of a dead process is free at once.
 */
export async function withFileLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const folder = join(cacheFolder(), 'locks');
  await mkdir(folder, { recursive: true });
  const holder = spawn('flock', ['--exclusive', join(folder, name), 'cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    // cat repeats a line only once flock has the lock and has started it.
    holder.stdin.write('held\n');
    const ended = once(holder, 'exit').then(() => {
      throw new Error(`flock ended before it held the lock ${name}`);
    });
    const held = once(holder.stdout, 'data');
    await withProgress(`waiting for another process that fills ${name}`, () =>
      Promise.race([held, ended]),
    );
    ended.catch(() => undefined);
    return await work();
  } finally {
    holder.stdin.end();
  }
}
