import { type ConditionState, setter } from '../../api/status/conditions.ts';
import type { Observation } from '../observe/observation.ts';

const shardsDiffer = setter('ShardsDiffer');

/**
 * The condition ShardsDiffer, which exists only while it is true: another number of shards shares the time than the resource
 * says. The resource can still be ready.
 */
export function shardsCondition({ resource, pods }: Observation): readonly ConditionState[] {
  const wanted = resource.spec.delivery.shards;
  const counts = pods.flatMap(({ running, report }) =>
    running && report?.shardCount !== undefined ? [report.shardCount] : [],
  );
  if (!resource.spec.enabled || counts.length === 0) return [];
  const count = Math.max(...counts);
  const message = `spec.delivery.shards is ${wanted}, but ${count} shards share the time`;
  if (count > wanted) {
    return [
      shardsDiffer(
        'True',
        'MoreShards',
        `${message}, because the number of shards never decreases; set spec.delivery.shards to ${count}`,
      ),
    ];
  }
  if (count < wanted) {
    return [
      shardsDiffer(
        'True',
        'FewerShards',
        `${message}; with guarantee ExactlyOnce, let the Kafka user add partitions to the checkpoint topic (Alter), or add them and restart the pods; with AtLeastOnce, the number cannot change: set spec.delivery.shards to ${count}`,
      ),
    ];
  }
  return [];
}
