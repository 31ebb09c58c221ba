/** One figure of a benchmark. */
export interface Figure {
  readonly name: string;
  /** Median of the runs. */
  readonly value: number;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** Work that is measured: answers how many records it handled. */
export interface Candidate {
  readonly name: string;
  readonly work: () => number;
}

const MICROS = 1_000_000;

/**
 * Records per second of CPU time of each candidate: one run of each in turn, again and again, so that what the
 * machine does meanwhile spoils all of them alike. The first rounds only warm up.
 */
export function measureRecordsPerCpuSecond(
  candidates: readonly Candidate[],
  rounds: { readonly warmUp: number; readonly measured: number },
): readonly Figure[] {
  const rates = new Map<string, number[]>(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds.warmUp + rounds.measured; round++) {
    for (const { name, work } of candidates) {
      const before = process.cpuUsage();
      const records = work();
      const { user, system } = process.cpuUsage(before);
      if (round >= rounds.warmUp) rates.get(name)?.push(records / ((user + system) / MICROS));
    }
  }
  return [...rates].map(([name, runs]) => figure(name, runs));
}

function figure(name: string, runs: readonly number[]): Figure {
  const sorted = runs.toSorted((a, b) => a - b);
  return {
    name,
    value: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0),
    unit: 'records/CPU s',
    min: Math.round(sorted[0] ?? 0),
    max: Math.round(sorted.at(-1) ?? 0),
    runs: runs.length,
  };
}

/** Figures as a table for people, each with its ratio to the first one. */
export function tableOf(figures: readonly Figure[]): string {
  const first = figures[0]?.value ?? 1;
  const width = Math.max(...figures.map(({ name }) => name.length));
  return figures
    .map(({ name, value, unit, min, max, runs }) => {
      const ratio = (value / first).toFixed(2);
      return `${name.padEnd(width)}  ${String(value).padStart(9)} ${unit}  × ${ratio}  (${min}–${max}, ${runs} runs)`;
    })
    .join('\n');
}
