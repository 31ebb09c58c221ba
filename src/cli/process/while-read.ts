import type { Writable } from 'node:stream';

/**
 * Does work whose output somebody reads. The signal aborts when the reader has closed the pipe, as `head` does after enough
 * lines. The work should end then.
 *
 * @throws what the work throws, and when the output could not be written for another reason.
 */
export async function whileRead(
  output: Writable,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const failed: Error[] = [];
  // The listener stays: without one, an error that comes late would end the process with a stack trace.
  output.on('error', (error) => {
    failed.push(error);
    controller.abort(error);
  });
  await work(controller.signal);
  const error = failed[0] ?? (await written(output));
  if (error !== undefined && !isClosed(error)) throw error;
}

/** Waits until all that was written before has reached the reader. Returns the error when it cannot. */
function written(output: Writable): Promise<Error | undefined> {
  return new Promise((resolve) => {
    output.write('', (error) => {
      resolve(error ?? undefined);
    });
  });
}

function isClosed(error: Error): boolean {
  return 'code' in error && error.code === 'EPIPE';
}
