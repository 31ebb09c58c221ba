import type { HealthBoard } from './health-board.ts';
import { deliveryCheck, sourceCheck, topicCheck } from './shard-checks.ts';

/**
 * Why an exporter is not ready, as one sentence. Undefined: it is ready. A problem of some data
 * sources does not make a pod unready, since clients could then push nothing at all, and a rollout
 * would stop.
 *
 * @param topics the topic of each data source.
 */
export function notReadyReason(
  health: Pick<HealthBoard, 'isFailing' | 'reason' | 'reasonForAll'>,
  topics: ReadonlyMap<string, string>,
): string | undefined {
  const works = ([dataSource, topic]: readonly [string, string]): boolean =>
    ![sourceCheck(dataSource), topicCheck(topic), deliveryCheck(topic)].some(health.isFailing);
  return [...topics].some(works) ? health.reasonForAll() : health.reason();
}
