import type { World } from './world.ts';

/** The part of the world that a fault breaks. Faults of one part come one after the other. */
type Part =
  | 'exporters'
  | 'clock'
  | 'brokers'
  | 'certificates'
  | 'topic'
  | 'compression'
  | 'user'
  | 'quota'
  | 'network'
  | 'clickhouse';

/** One fault of a schedule: everything about it that is left to chance is drawn before the schedule starts. */
export interface Step {
  readonly fault: string;
  /** Milliseconds from the start of the schedule. */
  readonly atMs: number;
  readonly forMs: number;
  /** From 0 up to 1: which one of several it hits. */
  readonly where: number;
  /** From 0 up to 1: how hard. */
  readonly howMuch: number;
}

/** A way to break something. */
export interface Fault {
  /** What happens, as words that follow a time. */
  readonly name: string;
  readonly part: Part;
  /** The least and the most milliseconds that it lasts. */
  readonly lastsMs: readonly [number, number];
  /** Breaks it; answers what mends it again. Either is tried again when the broken world refuses it. */
  readonly begin: (world: World, step: Step) => Promise<() => Promise<void>>;
}

/** The one of these that a step hits. @throws when there is none. */
export function hit<T>(candidates: readonly T[], step: Pick<Step, 'where'>): T {
  const found = candidates[Math.floor(step.where * candidates.length)];
  if (found === undefined) throw new Error('There is nothing that the fault could hit.');
  return found;
}

/** A value between two bounds, by how hard the step hits. */
export function degree(step: Pick<Step, 'howMuch'>, from: number, to: number): number {
  return from + step.howMuch * (to - from);
}
