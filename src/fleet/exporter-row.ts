import type { ExporterReading, PodCounters, PodReading } from './fleet-reading.ts';
import { type PodRates, podRates } from './pod-rates.ts';

/** A problem of an exporter. */
export interface RowError {
  readonly reason: string;
  readonly message: string;
  /** RFC 3339: since when, or when it was seen. */
  readonly time: string;
  /** False: it is over. */
  readonly isNow: boolean;
}

/** What is shown of an exporter. Undefined: not known, or there is none. */
export interface ExporterRow {
  readonly namespace: string;
  readonly name: string;
  /** Status of the condition Ready. */
  readonly ready: string;
  readonly reason: string;
  readonly message: string;
  /** Pods that are ready, and pods that should run, such as 2/2. */
  readonly pods: string | undefined;
  /** Pods that have answered. Undefined: the user may not list pods. */
  readonly podsAnswered: number | undefined;
  /** Exact, from the pods: the largest. */
  readonly lagSeconds: number | undefined;
  /** The lag in steps, from the resource's status, such as <1m. */
  readonly lagStep: string | undefined;
  /** Undefined until pods were read twice. */
  readonly recordsPerSecond: number | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly retriesPerSecond: number | undefined;
  /** Cores that its pods use. Undefined until pods were read twice. */
  readonly cpuCores: number | undefined;
  /** Resident memory of its pods. */
  readonly memoryBytes: number | undefined;
  /** Sends that failed and were repeated, since the pods started. */
  readonly retries: number | undefined;
  /** The revision that every pod uses; of pods with different ones, the oldest. */
  readonly credentialsRevision: number | undefined;
  /** The revision that pods should use. */
  readonly credentialsWanted: number | undefined;
  readonly lastError: RowError | undefined;
  readonly dataSources: readonly string[];
  /** Topics by data source. */
  readonly topics: Readonly<Record<string, string>>;
  readonly ageSeconds: number | undefined;
}

/** An exporter as a row. `before` is an earlier reading of it, for the rates. */
export function exporterRow(
  reading: ExporterReading,
  before: ExporterReading | undefined,
  nowMs: number,
): ExporterRow {
  const { createdAt, dataSources, name, namespace, pods, status } = reading;
  const ready = status?.conditions.find(({ type }) => type === 'Ready');
  const reports = (pods ?? []).flatMap(({ report }) => report ?? []);
  const counters = (pods ?? []).flatMap((pod) => pod.counters ?? []);
  const revisions = reports.flatMap(({ credentialsRevision }) => credentialsRevision ?? []);
  return {
    namespace,
    name,
    ready: ready?.status ?? 'Unknown',
    reason: ready?.reason ?? 'NoStatus',
    message: ready?.message ?? 'no operator has written a status yet: check that it runs',
    pods: status?.pods,
    podsAnswered: pods === undefined ? undefined : reports.length,
    lagSeconds: largest(reports.flatMap(({ lagSeconds }) => lagSeconds ?? [])),
    lagStep: status?.delivery?.lag,
    ...ratesOf(pods ?? [], before?.pods ?? []),
    memoryBytes: counted(counters, 'memoryBytes'),
    retries: counted(counters, 'retries'),
    credentialsRevision: smallest(revisions) ?? status?.credentials?.appliedRevision,
    credentialsWanted: status?.credentials?.desiredRevision,
    lastError: lastErrorOf(reading),
    dataSources,
    topics: status?.delivery?.topics ?? {},
    ageSeconds: createdAt === undefined ? undefined : secondsSince(createdAt, nowMs),
  };
}

/** Whole seconds since an RFC 3339 time; 0 if it is in the future of this machine's clock. */
export function secondsSince(time: string, nowMs: number): number {
  return Math.max(0, Math.round((nowMs - Date.parse(time)) / 1_000));
}

/** True when somebody should look at the exporter. One that is switched off on purpose is not meant. */
export function needsAttention({ ready, reason }: ExporterRow): boolean {
  return ready !== 'True' && reason !== 'Disabled' && reason !== 'Suspended';
}

function lastErrorOf({ pods, status }: ExporterReading): RowError | undefined {
  const problems = (pods ?? []).flatMap(({ report }) => report?.problems ?? []);
  const [current] = problems;
  if (current !== undefined) {
    const { message, reason, since } = current;
    return { reason, message, time: since, isNow: true };
  }
  const last = status?.delivery?.lastError;
  if (last === undefined) return undefined;
  const delivering = status?.conditions.find(({ type }) => type === 'Delivering');
  const isNow = delivering?.status === 'False' && delivering.reason === last.reason;
  return { ...last, isNow };
}

/** The sum of a value over the pods that have told it. */
function counted(
  counters: readonly PodCounters[],
  name: 'memoryBytes' | 'retries',
): number | undefined {
  return counters.length === 0 ? undefined : sum(counters.map((each) => each[name]));
}

/** The sums of the rates of the pods that were read twice. */
function ratesOf(
  now: readonly PodReading[],
  before: readonly PodReading[],
): Pick<ExporterRow, 'bytesPerSecond' | 'cpuCores' | 'recordsPerSecond' | 'retriesPerSecond'> {
  const rates = now.flatMap((pod) => podRates(pod, before) ?? []);
  const summed = (name: keyof PodRates): number | undefined =>
    rates.length === 0 ? undefined : sum(rates.map((each) => each[name]));
  return {
    recordsPerSecond: summed('records'),
    bytesPerSecond: summed('bytes'),
    retriesPerSecond: summed('retries'),
    cpuCores: summed('cpuSeconds'),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function largest(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

function smallest(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}
