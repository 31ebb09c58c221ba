import { Gauge, type Registry } from 'prom-client';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { ShardLag } from './shard-lag.ts';

/** What is looked at when metrics are read. */
export interface GaugeSources {
  /** Seconds between now and the oldest record not yet delivered; empty while that is not known. */
  readonly lagSeconds: () => ReadonlyMap<DataSource, number>;
  /** The same of each shard of this pod that was taken over. */
  readonly shardLags: () => readonly ShardLag[];
  readonly recordsQueued: () => number;
  /** Most records that may wait. */
  readonly recordsQueuedMax: number;
  /** Brokers with an authenticated connection of the session in use. */
  readonly connectedBrokers: () => readonly number[];
  /** Revision of the credentials of that session. */
  readonly revision: () => number | undefined;
  /** Milliseconds until another session takes its place, by what is known now. */
  readonly msUntilReplaced: () => number | undefined;
}

/** Registers what the exporter measures by looking. A gauge without a value is absent. */
export function registerGauges(registry: Registry, sources: GaugeSources): void {
  registerLags(registry, sources);
  registerValue(registry, {
    name: 'deepflow_kafka_exporter_queued_records',
    help: 'Records that wait for Kafka: being compressed, sent or tried again.',
    look: sources.recordsQueued,
  });
  registerValue(registry, {
    name: 'deepflow_kafka_exporter_queued_records_max',
    help: 'Most records that may wait for Kafka (spec.queueSize of each of spec.queueCount).',
    look: () => sources.recordsQueuedMax,
  });
  registerValue(registry, {
    name: 'deepflow_kafka_exporter_connected_brokers',
    help: 'Brokers to which the session in use has an authenticated connection.',
    look: () => sources.connectedBrokers().length,
  });
  registerValue(registry, {
    name: 'deepflow_kafka_exporter_credentials_revision',
    help: 'Revision of the credentials of the session in use; absent while there is none.',
    look: sources.revision,
  });
  registerValue(registry, {
    name: 'deepflow_kafka_exporter_session_replaced_in_seconds',
    help: 'Seconds until the session in use is replaced at the latest; absent while there is none.',
    look: () => {
      const ms = sources.msUntilReplaced();
      return ms === undefined ? undefined : Math.max(0, ms) / 1000;
    },
  });
}

function registerLags(registry: Registry, sources: GaugeSources): void {
  const registers = [registry];
  new Gauge({
    name: 'deepflow_kafka_exporter_lag_seconds',
    help: 'Seconds between now and the oldest record that is not yet delivered.',
    labelNames: ['data_source'],
    registers,
    collect() {
      // What is not known any more must not stay as it was.
      this.reset();
      for (const [dataSource, seconds] of sources.lagSeconds()) {
        this.set({ data_source: dataSource }, seconds);
      }
    },
  });
  new Gauge({
    name: 'deepflow_kafka_exporter_shard_lag_seconds',
    help: 'The same of each shard that this pod has now.',
    labelNames: ['data_source', 'shard'],
    registers,
    collect() {
      this.reset();
      for (const { dataSource, shard, seconds } of sources.shardLags()) {
        this.set({ data_source: dataSource, shard }, seconds);
      }
    },
  });
}

function registerValue(
  registry: Registry,
  {
    look,
    ...names
  }: { readonly name: string; readonly help: string; readonly look: () => number | undefined },
): void {
  new Gauge({
    ...names,
    registers: [registry],
    collect() {
      const value = look();
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}
