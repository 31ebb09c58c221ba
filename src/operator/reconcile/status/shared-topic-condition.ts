import { type ConditionState, setter } from '../../api/status/conditions.ts';
import { SHARERS_NAMED, type SharedTopic } from '../observe/specs-in-force.ts';

/** Number of topics that the message names. */
const TOPICS_NAMED = 3;

/**
 * The condition TopicShared, which exists only while it is true: other resources write the same topic in the same Kafka. This
 * may be on purpose, so the resource can still be ready.
 */
export function sharedTopicCondition(
  sharedTopics: readonly SharedTopic[],
): readonly ConditionState[] {
  if (sharedTopics.length === 0) return [];
  const topics = sharedTopics.slice(0, TOPICS_NAMED).map(sentence).join('; ');
  const more = sharedTopics.length - TOPICS_NAMED;
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
  return resources.length > SHARERS_NAMED
    ? `topic ${topic} is also written by more than ${SHARERS_NAMED} other KafkaExporters, see TOPICS in 'kubectl get kafkaexporters --all-namespaces --output wide'`
    : `topic ${topic} is also written by KafkaExporter ${resources.join(', ')}`;
}
