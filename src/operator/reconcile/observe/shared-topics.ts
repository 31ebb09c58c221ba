import { topicOf } from '../../../deepflow/data-sources.ts';
import { type KafkaExporter, kafkaExporter } from '../../api/kafka-exporter.ts';
import { topicTemplate } from '../../desired/exporter-config.ts';
import { keyOf, type KubeObject } from '../../kube/kube-object.ts';
import type { ObjectStore } from '../../kube/object-store.ts';
import type { SharedTopic } from './observation.ts';

/** `endpoint topic` for each topic that a resource writes, at each of its brokers; empty for an invalid resource. */
export function topicsOfResource(object: KubeObject): string[] {
  const parsed = kafkaExporter.safeParse(object);
  if (!parsed.success || !parsed.data.spec.enabled) return [];
  const { spec } = parsed.data;
  return topicsOf(spec).flatMap((topic) => spec.endpoints.map((endpoint) => at(endpoint, topic)));
}

/** The topics of a resource that other enabled resources write at one of its brokers, too. Sorted, so that it is stable. */
export function sharedTopics(
  resources: Pick<ObjectStore<'topic'>, 'keysBy'>,
  resource: KafkaExporter,
): readonly SharedTopic[] {
  const own = keyOf(resource);
  return topicsOf(resource.spec).flatMap((topic) => {
    const keys = resource.spec.endpoints.flatMap((endpoint) =>
      resources.keysBy('topic', at(endpoint, topic)),
    );
    const others = [...new Set(keys)].filter((key) => key !== own).toSorted();
    return others.length === 0 ? [] : [{ topic, resources: others }];
  });
}

function topicsOf(spec: KafkaExporter['spec']): string[] {
  const template = topicTemplate(spec);
  return [...new Set(spec.dataSources.map((dataSource) => topicOf(template, dataSource)))];
}

function at(endpoint: string, topic: string): string {
  return `${endpoint} ${topic}`;
}
