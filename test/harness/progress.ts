const silentMs = 2_000;
const repeatMs = 5_000;

/**
 * Runs a step and reports it on stderr: once when it starts to take long (2 s), every 5 s while it runs, and at
 * its end. A step that is quick stays silent. Returns what the step returns and fails as it fails.
 */
export async function withProgress<T>(title: string, step: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const show = (): void => {
    print(`${title} … ${secondsSince(startedAt)} s`);
  };
  let repeat: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    show();
    repeat = setInterval(show, repeatMs);
  }, silentMs);
  try {
    const result = await step();
    if (performance.now() - startedAt > silentMs)
      print(`${title}: done in ${secondsSince(startedAt)} s`);
    return result;
  } finally {
    clearTimeout(first);
    clearInterval(repeat);
  }
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(0);
}

function print(line: string): void {
  process.stderr.write(`harness: ${line}\n`);
}
