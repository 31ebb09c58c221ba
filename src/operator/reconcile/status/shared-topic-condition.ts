import { type ConditionState, setter } from '../../api/status/conditions.ts';
import type { Observation, SharedTopic } from '../observe/observation.ts';

/** Number of other resources, and of topics, that the message names. */
const NAMED = 3;

/**
 * The condition TopicShared, which exists only while it is true: other resources write the same topic in the same Kafka. This
 * may be on purpose, so the resource can still be ready.
 */
export function sharedTopicCondition({
  resource,
  sharedTopics,
}: Observation): readonly ConditionState[] {
  if (!resource.spec.enabled || sharedTopics.length === 0) return [];
  const topics = sharedTopics.slice(0, NAMED).map(sentence).join('; ');
  const more = sharedTopics.length - NAMED;
  const others = more > 0 ? `; ${more} more topics are shared` : '';
  return [
    setter('TopicShared')(
      'True',
      'AnotherResource',
      `${topics}${others}: consumers get the records of all of them; if this is not intended, set another spec.topic`,
    ),
  ];
}

function sentence({ topic, resources }: SharedTopic): string {
  const more = resources.length - NAMED;
  const named = resources.slice(0, NAMED).join(', ');
  return `topic ${topic} is also written by KafkaExporter ${named}${more > 0 ? ` and ${more} more` : ''}`;
}
