import { Gauge, type Registry } from 'prom-client';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { ShardLag } from './shard-lag.ts';

/** The values that are read when metrics are scraped. */
export interface GaugeSources {
  /** Seconds between now and the oldest record not yet delivered. Empty while the lag is not known. */
  readonly lagSeconds: () => ReadonlyMap<DataSource, number>;
  /** The same lag for each shard that this pod has taken over. */
  readonly shardLags: () => readonly ShardLag[];
  readonly recordsQueued: () => number;
  /** The most records that may wait. */
  readonly recordsQueuedMax: number;
  /** The brokers to which the current session has an authenticated connection. */
  readonly connectedBrokers: () => readonly number[];
  /** The revision of the credentials of that session. */
  readonly revision: () => number | undefined;
  /** Milliseconds until that session is replaced, as far as is known now. */
  readonly msUntilReplaced: () => number | undefined;
}

/**
 * Registers the gauges of the exporter, whose values are read at each scrape. A gauge without a
 * value is absent.
 */
export function registerGauges(registry: Registry, sources: GaugeSources): void {
  registerLags(registry, sources);
  registerValue(registry, {
    name: 'deepflow_kafka_exporter_queued_records',
    help: 'Records that wait for Kafka: they are being compressed, sent or sent again.',
    look: sources.recordsQueued,
  });
  registerValue(registry, {
    name: 'deepflow_kafka_exporter_queued_records_max',
    help: 'The most records that may wait for Kafka (spec.queueSize times spec.queueCount).',
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
      // Remove values that are no longer known.
      this.reset();
      for (const [dataSource, seconds] of sources.lagSeconds()) {
        this.set({ data_source: dataSource }, seconds);
      }
    },
  });
  new Gauge({
    name: 'deepflow_kafka_exporter_shard_lag_seconds',
    help: 'Seconds between now and the oldest record that is not yet delivered, for each shard that this pod has now.',
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
