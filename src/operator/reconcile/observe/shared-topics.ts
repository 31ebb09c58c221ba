import { topicOf } from '../../../deepflow/data-sources.ts';
import { type KafkaExporter, kafkaExporter } from '../../api/kafka-exporter.ts';
import { topicTemplate } from '../../desired/exporter-config.ts';
import { keyOf, type KubeObject } from '../../kube/kube-object.ts';
import type { ObjectStore } from '../../kube/object-store.ts';
import type { SharedTopic } from './observation.ts';

/**
 * A condition names so many other resources that write a topic. Of more, it says only that there are more: else each resource
 * that begins to write a topic would change the status of all the others.
 */
export const SHARERS_NAMED = 3;

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

/**
 * The keys of the resources that write a topic which another resource began or ceased to write, as far as this changes what
 * their condition says. A change of the status changes no topic.
 *
 * @param before the state of the other resource before the change; undefined: it was created or deleted.
 */
export function sharersOf(
  resources: Pick<ObjectStore<'topic'>, 'keysBy'>,
  changed: KubeObject,
  before: KubeObject | undefined,
): ReadonlySet<string> {
  if (before?.metadata.generation === changed.metadata.generation) return new Set();
  const written = new Set(topicsOfResource(changed));
  const former = new Set(before === undefined ? [] : topicsOfResource(before));
  const sharers = [...written.symmetricDifference(former)]
    .map((topic) => resources.keysBy('topic', topic))
    // The resource itself, those that are named, and one more: with even more, nothing changes.
    .filter((keys) => keys.length <= SHARERS_NAMED + 2);
  return new Set(sharers.flat());
}

function topicsOf(spec: KafkaExporter['spec']): string[] {
  const template = topicTemplate(spec);
  return [...new Set(spec.dataSources.map((dataSource) => topicOf(template, dataSource)))];
}

function at(endpoint: string, topic: string): string {
  return `${endpoint} ${topic}`;
}
