/** Prints the progress of the quickstart for the user. */
export interface Steps {
  /** Runs a step and prints its title and its duration. Returns the result of the step, or fails with its error. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** The same for a step that prints its own progress. */
  talkingStep<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Prints lines as they are. */
  print(text: string): void;
  /** Seconds since the quickstart began. */
  seconds(): number;
}

/** Steps that are printed to standard output. While a step runs, a line is printed every five seconds. */
export function createSteps(): Steps {
  const startedAt = performance.now();
  const print = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  const talkingStep = async <T>(title: string, work: () => Promise<T>): Promise<T> => {
    const stepStartedAt = performance.now();
    const result = await work();
    print(`✓ ${title} (${secondsSince(stepStartedAt).toFixed(1)} s)`);
    return result;
  };
  return {
    print,
    seconds: () => secondsSince(startedAt),
    talkingStep,
    step: async (title, work) => {
      const stepStartedAt = performance.now();
      const timer = setInterval(() => {
        print(`  … ${title} (${secondsSince(stepStartedAt).toFixed(0)} s)`);
      }, signOfLifeMs);
      try {
        return await talkingStep(title, work);
      } finally {
        clearInterval(timer);
      }
    },
  };
}

const signOfLifeMs = 5_000;

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
