import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import type { ShardLag } from '../../../src/exporter/status/shard-lag.ts';
import { type GaugeSources, registerGauges } from '../../../src/exporter/status/gauges.ts';

const L7 = 'flow_log.l7_flow_log';
const PREFIX = 'deepflow_kafka_exporter_';

/** Gauges of sources that a test changes; what it reads has no prefix. */
function gauges(first: Partial<GaugeSources> = {}) {
  let sources: GaugeSources = {
    lagSeconds: () => new Map(),
    shardLags: () => [],
    recordsQueued: () => 0,
    recordsQueuedMax: 10,
    connectedBrokers: () => [],
    revision: () => undefined,
    msUntilReplaced: () => undefined,
    ...first,
  };
  const registry = new Registry();
  registerGauges(registry, {
    lagSeconds: () => sources.lagSeconds(),
    shardLags: () => sources.shardLags(),
    recordsQueued: () => sources.recordsQueued(),
    recordsQueuedMax: sources.recordsQueuedMax,
    connectedBrokers: () => sources.connectedBrokers(),
    revision: () => sources.revision(),
    msUntilReplaced: () => sources.msUntilReplaced(),
  });
  return {
    change: (next: Partial<GaugeSources>): void => {
      sources = { ...sources, ...next };
    },
    read: async (name: string): Promise<readonly string[]> =>
      (await registry.metrics())
        .split('\n')
        .filter((line) => line.startsWith(`${PREFIX}${name}`))
        .map((line) => line.slice(PREFIX.length)),
  };
}

const lag = (shard: number, seconds: number): ShardLag => ({ shard, dataSource: L7, seconds });

describe('the lag', () => {
  test('is told by data source, and not at all while it is not known', async () => {
    const { read, change } = gauges({ lagSeconds: () => new Map([[L7, 12]]) });
    expect(await read('lag_seconds')).toEqual([`lag_seconds{data_source="${L7}"} 12`]);
    change({ lagSeconds: () => new Map() });
    expect(await read('lag_seconds')).toEqual([]);
  });

  test('of a shard is told while the pod has the shard', async () => {
    const { read, change } = gauges({ shardLags: () => [lag(3, 12), lag(4, 7)] });
    expect(await read('shard_lag_seconds')).toEqual([
      `shard_lag_seconds{data_source="${L7}",shard="3"} 12`,
      `shard_lag_seconds{data_source="${L7}",shard="4"} 7`,
    ]);
    change({ shardLags: () => [lag(4, 8)] });
    expect(await read('shard_lag_seconds')).toEqual([
      `shard_lag_seconds{data_source="${L7}",shard="4"} 8`,
    ]);
  });
});

test('records that wait are told beside how many may', async () => {
  const { read } = gauges({ recordsQueued: () => 7 });
  expect(await read('queued_records')).toEqual(['queued_records 7', 'queued_records_max 10']);
});

test('brokers that have authenticated the session are counted', async () => {
  const { read, change } = gauges();
  expect(await read('connected_brokers')).toEqual(['connected_brokers 0']);
  change({ connectedBrokers: () => [1, 4] });
  expect(await read('connected_brokers')).toEqual(['connected_brokers 2']);
});

test('revision and rest of the session are told while there is one', async () => {
  const { read, change } = gauges();
  const both = async (): Promise<readonly string[]> => [
    ...(await read('credentials_revision')),
    ...(await read('session_replaced_in_seconds')),
  ];
  expect(await both()).toEqual([]);
  change({ revision: () => 3, msUntilReplaced: () => 90_500 });
  expect(await both()).toEqual(['credentials_revision 3', 'session_replaced_in_seconds 90.5']);
  change({ revision: () => undefined, msUntilReplaced: () => undefined });
  expect(await both()).toEqual([]);
});
