import type { StatusReport } from '../exporter/contract/status-report.ts';
import type { ShownResource } from './shown-resource.ts';

/** What a pod has counted since it started. */
export interface PodCounters {
  readonly records: number;
  readonly bytes: number;
  readonly retries: number;
  /** CPU time. */
  readonly cpuSeconds: number;
  /** Resident memory now. */
  readonly memoryBytes: number;
  /** When they were read, in monotonic milliseconds. */
  readonly atMs: number;
  readonly parts: CounterParts;
}

/** The parts of what a pod has counted, and the lag of its shards. */
export interface CounterParts {
  /** Records by data source. */
  readonly records: ReadonlyMap<string, number>;
  /** Records that their topic refuses for good, by data source. */
  readonly rejected: ReadonlyMap<string, number>;
  /** Retries by topic. */
  readonly retries: ReadonlyMap<string, number>;
  /** Seconds by data source. */
  readonly lag: ReadonlyMap<string, number>;
  /** Seconds by shard: of several data sources the largest. */
  readonly shardLag: ReadonlyMap<string, number>;
}

/** How far a pod is, by its phase and its condition Ready. */
export type PodState = 'Ready' | 'NotReady' | 'Starting' | 'Ending' | 'Ended';

/** One pod of an exporter. */
export interface PodReading {
  readonly name: string;
  /** Tells a pod from a later one with the same name. */
  readonly uid: string;
  readonly state: PodState;
  /** Undefined: the pod does not run, did not answer, or may not be asked. */
  readonly report: StatusReport | undefined;
  readonly counters: PodCounters | undefined;
  /** True: it has not answered when it was asked last. */
  readonly isSilent: boolean;
}

/** A KafkaExporter and its pods. */
export interface ExporterReading extends ShownResource {
  /** Undefined: the user may not list the pods. */
  readonly pods: readonly PodReading[] | undefined;
}

/** All exporters that were asked for, at one time. */
export interface FleetReading {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** By namespace and name. */
  readonly exporters: readonly ExporterReading[];
  /** What could not be read, each as a sentence with the right that is missing or the reason. */
  readonly gaps: readonly string[];
}
