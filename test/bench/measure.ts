import { readFileSync } from 'node:fs';

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
  readonly work: () => number | Promise<number>;
  /** Bytes of a record as it is before any compression. */
  readonly bytesPerRecord: number;
  /** CPU time used so far, in microseconds, by whoever does the work; by default this process. */
  readonly cpuMicros?: () => number;
}

/** Microseconds of a second. */
export const MICROS = 1_000_000;
const MICROS_PER_TICK = 10_000;

/** CPU time that this process has used, in microseconds. */
export function ownCpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** CPU time that another process of this machine has used, in microseconds, in steps of ten milliseconds (proc(5)). */
export function cpuMicrosOf(processId: number): number {
  const fields = statFields(processId);
  // utime and stime.
  return (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK;
}

/**
 * The same of a process and its children that run: an older engine of ClickHouse has a process of its own behind the one
 * that answers. Those that its other threads have started are not found.
 */
export function cpuMicrosOfFamily(processId: number): number {
  const children = readFileSync(`/proc/${processId}/task/${processId}/children`, 'utf8');
  const all = [processId, ...children.split(' ').filter(Boolean).map(Number)];
  return all.reduce((micros, id) => micros + cpuMicrosOf(id), 0);
}

/** CPU time, in microseconds, of all child processes that this one has seen end, from their start to their end (proc(5)). */
export function endedChildrenCpuMicros(): number {
  const fields = statFields(process.pid);
  // cutime and cstime.
  return (Number(fields[13]) + Number(fields[14])) * MICROS_PER_TICK;
}

/** What `/proc/<pid>/stat` says behind the name, which is in parentheses and may hold spaces. */
function statFields(processId: number): readonly string[] {
  const stat = readFileSync(`/proc/${processId}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/**
 * Records per second of CPU time of each candidate: one run of each in turn, again and again, so that what the
 * machine does meanwhile spoils all of them alike. The first rounds only warm up.
 */
export async function measureRecordsPerCpuSecond(
  candidates: readonly Candidate[],
  rounds: { readonly warmUp: number; readonly measured: number },
): Promise<readonly Figure[]> {
  const rates = candidates.map(({ name }) => ({ name, runs: [] as number[] }));
  for (let round = 0; round < rounds.warmUp + rounds.measured; round++) {
    for (const [i, { work, cpuMicros = ownCpuMicros }] of candidates.entries()) {
      const before = cpuMicros();
      const records = await work();
      const micros = cpuMicros() - before;
      if (round >= rounds.warmUp) rates[i]?.runs.push(records / (micros / MICROS));
    }
  }
  return rates.map(({ name, runs }) => figureOf({ name, unit: 'records/CPU s' }, runs));
}

/** The median of runs as a figure, with so many decimal places. */
export function figureOf(
  { name, unit, places = 0 }: { name: string; unit: string; places?: number },
  runs: readonly number[],
): Figure {
  const sorted = runs.toSorted((a, b) => a - b);
  const rounded = (value = 0): number => Number(value.toFixed(places));
  return {
    name,
    value: rounded(sorted[Math.floor(sorted.length / 2)]),
    unit,
    min: rounded(sorted[0]),
    max: rounded(sorted.at(-1)),
    runs: runs.length,
  };
}

/** Figures as a table for people: each with its time a record, its bytes, and its ratio to the first one. */
export function tableOf(figures: readonly Figure[], candidates: readonly Candidate[]): string {
  const first = figures[0]?.value ?? 1;
  const width = Math.max(...figures.map(({ name }) => name.length));
  return figures
    .map(({ name, value, unit, min, max, runs }, i) => {
      const megabytes = (value * (candidates[i]?.bytesPerRecord ?? 0)) / MICROS;
      return [
        name.padEnd(width),
        `${String(value).padStart(8)} ${unit}`,
        `${(MICROS / value).toFixed(2).padStart(6)} µs`,
        `${megabytes.toFixed(0).padStart(5)} MB/CPU s`,
        `× ${(value / first).toFixed(2)}`,
        `(${min}–${max}, ${runs} runs)`,
      ].join('  ');
    })
    .join('\n');
}
