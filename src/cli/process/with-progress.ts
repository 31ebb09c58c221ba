import type { Writable } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';

/** Where progress is shown. */
export interface ProgressOutput {
  readonly clock: Clock;
  /** Progress is for people: where this is not a terminal, nothing is written. */
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

const FIRST_MS = 2_000;
const NEXT_MS = 5_000;

/**
 * Does work, and says on a terminal what it is doing when it takes more than two seconds, and again every five.
 *
 * @param said what it does now, such as `checked 40 of 900 files`.
 */
export async function withProgress<Result>(
  { clock, stderr }: ProgressOutput,
  said: () => string,
  work: () => Promise<Result>,
): Promise<Result> {
  if (stderr.isTTY !== true) return work();
  const done = new AbortController();
  const tell = async (): Promise<void> => {
    for (let ms = FIRST_MS; ; ms = NEXT_MS) {
      await clock.sleep(ms, done.signal);
      if (done.signal.aborted) return;
      stderr.write(`${said()} …\n`);
    }
  };
  void tell();
  try {
    return await work();
  } finally {
    done.abort();
  }
}
