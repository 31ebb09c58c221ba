import type { KafkaExporter } from '../../api/kafka-exporter.ts';
import { keyOf } from '../../kube/kube-object.ts';
import { topicKey, topicNamesOf } from './indexing.ts';
import type { SharedTopic } from './observation.ts';
import type { SpecsInForce } from './specs-in-force.ts';

/** The topics of a resource that other enabled resources write at one of its brokers, too. Sorted, so that it is stable. */
export function sharedTopics(
  specs: Pick<SpecsInForce, 'writing'>,
  { metadata, spec }: KafkaExporter,
): readonly SharedTopic[] {
  const own = keyOf({ metadata });
  return topicNamesOf(spec).flatMap((topic) => {
    const keys = spec.endpoints.flatMap((endpoint) => specs.writing(topicKey(endpoint, topic)));
    const others = [...new Set(keys)].filter((key) => key !== own).toSorted();
    return others.length === 0 ? [] : [{ topic, resources: others }];
  });
}
