import type { HealthBoard } from './health-board.ts';
import { deliveryCheck, topicCheck } from './shard-checks.ts';

/**
 * Why an exporter is not ready, as one sentence. Undefined: it is ready. A problem of some topics
 * does not make a pod unready, since clients could then push nothing at all, and a rollout would
 * stop.
 *
 * @param topics the topics of records.
 */
export function notReadyReason(
  health: Pick<HealthBoard, 'isFailing' | 'reason' | 'reasonForAll'>,
  topics: readonly string[],
): string | undefined {
  const works = (topic: string): boolean =>
    !health.isFailing(topicCheck(topic)) && !health.isFailing(deliveryCheck(topic));
  return topics.some(works) ? health.reasonForAll() : health.reason();
}
