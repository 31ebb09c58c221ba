import {
  DEEPFLOW_ENGINE,
  type EngineVersion,
  NEWEST_ENGINE,
} from '../harness/clickhouse/engine-versions.ts';
import type { Fault, Step } from './fault.ts';
import { ADDRESSES_MAX } from './parts.ts';
import { type DeliveryPromise, exportedAge } from './promise.ts';
import { createRandom, type Random } from './random.ts';

/** What happens in one schedule; it follows from its seed, the promise and the faults alone. */
export interface Schedule {
  readonly seed: number;
  /** The ClickHouse that exporters read from. */
  readonly engine: EngineVersion;
  /** At how many addresses exporters reach it. */
  readonly addresses: number;
  /** True: rows are pushed as well. */
  readonly hasPushes: boolean;
  /** In the order of time. */
  readonly steps: readonly Step[];
  /** Part of the rows that come late, 0 to 1. */
  readonly lateShare: number;
  /** Late rows are up to this much older than their arrival. */
  readonly lateSecondsMax: number;
}

/** How long faults come and rows are inserted. */
export const SCHEDULE_MS = 20_000;
/** Exporters' clocks are at most this much ahead: what is exported of late rows shrinks by it. */
export const CLOCK_AHEAD_MS_MAX = 2_000;

const FIRST_MS = 1_500;
const LAST_MS = 15_000;
const STEPS = [3, 7] as const;
/** Time for an insert, on a machine that is busy with restarting brokers. */
const INSERT_SECONDS = 4;
const DRAWS_MAX = 1_000;

/** Draws a schedule; even seeds are those of the ClickHouse that DeepFlow installs. Two faults of one part never overlap. */
export function planSchedule(
  seed: number,
  promise: DeliveryPromise,
  faults: readonly Fault[],
): Schedule {
  const random = createRandom(seed);
  const wanted = Math.floor(random.between(...STEPS));
  const drawn: { readonly step: Step; readonly fault: Fault }[] = [];
  for (let draw = 0; draw < DRAWS_MAX && drawn.length < wanted; draw++) {
    const fault = random.pick(faults);
    const step = drawStep(random, fault);
    const isFree = drawn
      .filter((other) => other.fault.part === fault.part)
      .every((other) => isApart(other.step, step));
    if (isFree) drawn.push({ step, fault });
  }
  const aheadSeconds = drawn.some(({ fault }) => fault.part === 'clock')
    ? CLOCK_AHEAD_MS_MAX / 1000
    : 0;
  return {
    seed,
    addresses: 1 + Math.floor(random.between(0, ADDRESSES_MAX)),
    hasPushes: random.next() < 0.5,
    engine: seed % 2 === 0 ? DEEPFLOW_ENGINE : NEWEST_ENGINE,
    steps: drawn.map(({ step }) => step).sort((a, b) => a.atMs - b.atMs),
    lateShare: random.between(0, 0.5),
    lateSecondsMax: Math.max(0, exportedAge(promise) - INSERT_SECONDS - aheadSeconds),
  };
}

function drawStep(random: Random, fault: Fault): Step {
  const forMs = Math.floor(random.between(...fault.lastsMs));
  const atMs = Math.floor(random.between(FIRST_MS, Math.min(LAST_MS, SCHEDULE_MS - forMs)));
  return {
    fault: fault.name,
    atMs,
    forMs,
    where: random.next(),
    howMuch: random.next(),
  };
}

function isApart(a: Step, b: Step): boolean {
  return a.atMs + a.forMs <= b.atMs || b.atMs + b.forMs <= a.atMs;
}
