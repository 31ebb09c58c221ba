import type { StatusReport } from '../../../exporter/contract/status-report.ts';
import { type LagStep, UNOWNED_SHARDS_MAX } from '../../api/status/delivery-status.ts';
import type { KafkaExporterSpec } from '../../api/kafka-exporter-spec.ts';
import { lagStepOf, ordinaryLagSeconds } from './lag-step.ts';

/** How delivery goes, as the reports of all running pods show it. */
export interface DeliveryView {
  /** Undefined: no pod knows the lag. */
  readonly lag: LagStep | undefined;
  /** The first shards that no pod exports. Empty if the pods do not all say which shards they have. */
  readonly unownedShards: readonly number[];
}

/**
 * How delivery goes. Only what is worth a write of the status: a resource whose pods do their work has the same view all the time.
 *
 * @param reports one for each running pod; undefined: the pod does not answer.
 * @param shownLag the step of the lag that the status shows now.
 */
export function deliveryView(
  reports: readonly (StatusReport | undefined)[],
  spec: Pick<KafkaExporterSpec, 'enabled' | 'flushTimeoutSeconds' | 'source'>,
  shownLag: LagStep | undefined,
): DeliveryView {
  const lags = reports.flatMap((report) => report?.lagSeconds ?? []);
  const readsClickHouse = spec.enabled && spec.source.clickHouse !== undefined;
  return {
    lag:
      readsClickHouse && lags.length > 0
        ? lagStepOf(Math.max(ordinaryLagSeconds(spec), ...lags), shownLag)
        : undefined,
    unownedShards: readsClickHouse ? unowned(reports) : [],
  };
}

function unowned(reports: readonly (StatusReport | undefined)[]): readonly number[] {
  const counts = reports.map((report) => report?.shardCount);
  const known = counts.filter((count) => count !== undefined);
  // A pod that starts, does not answer or is of an older version may have any shard.
  if (known.length === 0 || known.length < counts.length) return [];
  const owned = new Set(reports.flatMap((report) => report?.shards ?? []));
  const free: number[] = [];
  for (let shard = 0; shard < Math.max(...known) && free.length < UNOWNED_SHARDS_MAX; shard += 1) {
    if (!owned.has(shard)) free.push(shard);
  }
  return free;
}
