import { createRandom, type Random } from '../faults/random.ts';

/** Kinds of faults. */
const KINDS = [
  'an exporter is killed and started again',
  'an exporter is stopped and another one started',
  'another exporter starts',
  'an exporter stands still',
  'the clock of an exporter is ahead',
  'a broker stops',
  'requests and answers get lost',
  'Kafka is slow',
  'the brokers have a quota',
  'the checkpoint topic is compacted',
  'queries break off',
  'ClickHouse is slow',
  'ClickHouse stops answering',
] as const;

/** A fault in a simulation. */
export interface Fault {
  readonly kind: (typeof KINDS)[number];
  /** When it begins, in milliseconds since the beginning of the simulation. */
  readonly atMs: number;
  /** How many milliseconds it lasts. */
  readonly ms: number;
  /** The number of the exporter or broker, modulo how many there are. */
  readonly which: number;
  /** How severe it is, 0 to 1: the share of requests that fail, or how slow they are. */
  readonly share: number;
}

/** A row, and in `atMs` when it is stored. */
interface PlannedRow {
  readonly id: number;
  /** Its second, counted from the beginning of the simulation. */
  readonly second: number;
  readonly atMs: number;
}

/** The plan of a simulation. A seed always gives the same plan. */
export interface Plan {
  readonly seed: number;
  /** The guarantee of the exporters. With `AtLeastOnce`, they may send records again. */
  readonly guarantee: 'ExactlyOnce' | 'AtLeastOnce';
  readonly pods: number;
  readonly shards: number;
  readonly settleSeconds: number;
  readonly latenessSeconds: number;
  /** How many seconds old the oldest row is at the beginning. */
  readonly backlogSeconds: number;
  /** The produce quota of each broker; undefined when there is none. */
  readonly quotaBytesPerSecond: number | undefined;
  readonly rows: readonly PlannedRow[];
  readonly faults: readonly Fault[];
  /** When the last fault is over and the last row is stored. */
  readonly endMs: number;
  /** When the faults are over, everything is delivered within this time. */
  readonly recoveryMs: number;
}

/**
 * How long the recovery from any faults takes: a transaction time-out, two turns of waiting for a shard that another
 * exporter has, and all lateness.
 */
export const RECOVERY_MS = 240_000;

const AT_LEAST_ONCE_SHARE = 0.15;
const QUOTA_SHARE = 0.2;
/** The powers of ten between which quotas are drawn, in bytes a second. */
const QUOTA_POWERS = [3, 5] as const;
const LASTS_MS = 40_000;
const FAULTS_MAX = 6;
const FAULT_MS_MAX = 20_000;
const CLOCK_AHEAD_MS_MAX = 1_500;
const ROWS_MAX = 200;
/** How many seconds before its second is final a row is stored, at least. */
const MARGIN_SECONDS = 3;
/** How many different rows a second can have. The number is small, so that equal rows are frequent. */
const CONTENTS = 5;

/** The plan of a seed. */
export function drawPlan(seed: number): Plan {
  const random = createRandom(seed);
  const whole = (from: number, to: number): number => Math.floor(random.between(from, to));
  const settleSeconds = whole(1, 4);
  const latenessSeconds = whole(6, 13);
  const backlogSeconds = random.next() < 0.3 ? whole(10, 120) : 0;
  const faults = Array.from({ length: whole(0, FAULTS_MAX + 1) }, () => drawFault(random)).sort(
    (a, b) => a.atMs - b.atMs,
  );
  const lateMax = settleSeconds + latenessSeconds - MARGIN_SECONDS;
  return {
    seed,
    guarantee: random.next() < AT_LEAST_ONCE_SHARE ? 'AtLeastOnce' : 'ExactlyOnce',
    pods: whole(1, 4),
    shards: whole(1, 5),
    settleSeconds,
    latenessSeconds,
    backlogSeconds,
    quotaBytesPerSecond:
      random.next() < QUOTA_SHARE ? 10 ** random.between(...QUOTA_POWERS) : undefined,
    rows: Array.from({ length: whole(1, ROWS_MAX) }, () =>
      drawRow(random, { lateMax, backlogSeconds }),
    ),
    faults,
    endMs: Math.max(LASTS_MS, ...faults.map(({ atMs, ms }) => atMs + ms)),
    recoveryMs: RECOVERY_MS,
  };
}

function drawFault(random: Random): Fault {
  const kind = random.pick(KINDS);
  const max = kind === 'the clock of an exporter is ahead' ? CLOCK_AHEAD_MS_MAX : FAULT_MS_MAX;
  return {
    kind,
    atMs: random.between(0, LASTS_MS),
    // Short faults are as frequent as long ones.
    ms: max ** random.next(),
    which: Math.floor(random.next() * 6),
    share: random.next() ** 2,
  };
}

/** A row of the backlog, or one that is stored up to `lateMax` seconds after its time. */
function drawRow(
  random: Random,
  { lateMax, backlogSeconds }: { readonly lateMax: number; readonly backlogSeconds: number },
): PlannedRow {
  const content = Math.floor(random.next() * CONTENTS);
  if (random.next() * (backlogSeconds + LASTS_MS / 1000) < backlogSeconds - lateMax) {
    const second = -Math.ceil(random.between(lateMax, backlogSeconds));
    return { id: idOf(second, content), second, atMs: 0 };
  }
  const atMs = random.between(0, LASTS_MS);
  const age = random.next() < 0.5 ? 0 : random.next() * lateMax;
  const second = Math.max(-backlogSeconds, Math.floor(atMs / 1000 - age));
  return { id: idOf(second, content), second, atMs };
}

function idOf(second: number, content: number): number {
  return 1_000_000 + second * 10 + content;
}
