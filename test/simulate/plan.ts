import { createRandom, type Random } from '../faults/random.ts';

/** Kinds of what happens. */
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

/** Something that happens in a simulation. */
export interface Happening {
  readonly kind: (typeof KINDS)[number];
  /** When, in milliseconds since the beginning. */
  readonly atMs: number;
  /** For how long. */
  readonly ms: number;
  /** Which exporter or broker, counted round. */
  readonly which: number;
  /** How much of it, 0 to 1. */
  readonly share: number;
}

/** A row, and when it is stored. */
interface PlannedRow {
  readonly id: number;
  /** Its time in seconds, counted from the beginning. */
  readonly second: number;
  readonly atMs: number;
}

/** What a simulation does; it follows from its seed. */
export interface Plan {
  readonly seed: number;
  /** Of the exporters; `AtLeastOnce` may send records again. */
  readonly guarantee: 'ExactlyOnce' | 'AtLeastOnce';
  readonly pods: number;
  readonly shards: number;
  readonly settleSeconds: number;
  readonly latenessSeconds: number;
  /** Rows are there that are so old at the beginning. */
  readonly backlogSeconds: number;
  /** What each broker takes of the exporters; undefined: whatever they send. */
  readonly quotaBytesPerSecond: number | undefined;
  readonly rows: readonly PlannedRow[];
  readonly happenings: readonly Happening[];
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
const HAPPENINGS_MAX = 6;
const FAULT_MS_MAX = 20_000;
const CLOCK_AHEAD_MS_MAX = 1_500;
const ROWS_MAX = 200;
/** A row is stored so long before its second is looked at last, at least. */
const MARGIN_SECONDS = 3;
/** Few contents in a second, so that equal rows are frequent. */
const CONTENTS = 5;

/** Draws a plan. */
export function drawPlan(seed: number): Plan {
  const random = createRandom(seed);
  const whole = (from: number, to: number): number => Math.floor(random.between(from, to));
  const settleSeconds = whole(1, 4);
  const latenessSeconds = whole(6, 13);
  const backlogSeconds = random.next() < 0.3 ? whole(10, 120) : 0;
  const happenings = Array.from({ length: whole(0, HAPPENINGS_MAX + 1) }, () =>
    drawHappening(random),
  ).sort((a, b) => a.atMs - b.atMs);
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
    happenings,
    endMs: Math.max(LASTS_MS, ...happenings.map(({ atMs, ms }) => atMs + ms)),
    recoveryMs: RECOVERY_MS,
  };
}

function drawHappening(random: Random): Happening {
  const kind = random.pick(KINDS);
  const max = kind === 'the clock of an exporter is ahead' ? CLOCK_AHEAD_MS_MAX : FAULT_MS_MAX;
  return {
    kind,
    atMs: random.between(0, LASTS_MS),
    // Short ones are as frequent as long ones.
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
