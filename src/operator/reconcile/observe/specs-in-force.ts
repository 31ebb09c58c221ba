import { type KafkaExporter, kafkaExporter } from '../../api/kafka-exporter.ts';
import { keyOf, type KubeObject } from '../../kube/kube-object.ts';
import { createObjectIndexes } from '../../kube/object-indexes.ts';
import type { ObjectStore } from '../../kube/object-store.ts';
import { referencesOf, topicsOf, type WrittenTopic } from './indexing.ts';

/**
 * A condition names so many other resources that write a topic. Of more, it says only that there are more: else each resource
 * that begins to write a topic would change the status of all the others.
 */
export const SHARERS_NAMED = 3;

/**
 * The specs that the exporters run by: of each resource the current one, or the last valid one while the current one is invalid.
 * Nobody knows which until the resource is reconciled. Until then, it is the one that was assumed.
 */
export interface SpecsInForce {
  /** Assumes the current spec of a resource that has not been reconciled yet. Queues those whose condition changes. */
  assume(object: KubeObject): void;
  /** Notes the spec that a resource is reconciled by; undefined: none of its specs was valid. Queues those whose condition changes. */
  set(key: string, resource: KafkaExporter | undefined): void;
  /** Forgets a deleted resource, and queues those whose condition changes. */
  forget(key: string): void;
  /** The keys of the resources that refer to an object, by the spec in force or by their current one. */
  referring(reference: string): readonly string[];
  /** The topics of a resource that other resources write at one of its brokers, too. Sorted, so that it is stable. */
  sharedBy(key: string): readonly SharedTopic[];
}

/** A topic of a resource, and the keys of the other resources that write it. */
export interface SharedTopic {
  readonly topic: string;
  readonly resources: readonly string[];
}

/** What a spec in force names. The rest of it would only use memory. */
interface InForce {
  readonly metadata: Pick<KafkaExporter['metadata'], 'name' | 'namespace'>;
  readonly references: readonly string[];
  readonly topics: readonly WrittenTopic[];
}

/** Empty, beside a store of the resources as the API server has them. */
export function createSpecsInForce(
  resources: Pick<ObjectStore<'reference'>, 'keysBy'>,
  enqueue: (key: string) => void,
): SpecsInForce {
  const known = new Map<string, InForce | undefined>();
  const indexes = createObjectIndexes<'reference' | 'topic', InForce>({
    reference: ({ references }) => references,
    topic: topicKeys,
  });
  const writing = (topic: string): readonly string[] => indexes.keys('topic', topic);
  const change = (key: string, inForce: InForce | undefined): void => {
    const before = known.get(key);
    if (before !== undefined) indexes.remove(before);
    if (inForce !== undefined) indexes.add(inForce);
    const former = new Set(topicKeys(before));
    for (const topic of new Set(topicKeys(inForce)).symmetricDifference(former)) {
      const others = writing(topic).filter((writer) => writer !== key);
      // Those that are named, and one more: with even more, nothing changes.
      if (others.length <= SHARERS_NAMED + 1) others.forEach(enqueue);
    }
  };
  const set = (key: string, resource: KafkaExporter | undefined): void => {
    const inForce = resource === undefined ? undefined : inForceOf(resource);
    change(key, inForce);
    known.set(key, inForce);
  };
  return {
    assume: (object) => {
      const key = keyOf(object);
      if (!known.has(key)) set(key, kafkaExporter.safeParse(object).data);
    },
    set,
    forget: (key) => {
      change(key, undefined);
      known.delete(key);
    },
    referring: (reference) => [
      ...new Set([
        ...resources.keysBy('reference', reference),
        ...indexes.keys('reference', reference),
      ]),
    ],
    sharedBy: (own) =>
      (known.get(own)?.topics ?? []).flatMap(({ name, keys }) => {
        const others = [...new Set(keys.flatMap(writing))].filter((key) => key !== own).toSorted();
        return others.length === 0 ? [] : [{ topic: name, resources: others }];
      }),
  };
}

const topicKeys = (inForce: InForce | undefined): readonly string[] =>
  inForce?.topics.flatMap(({ keys }) => keys) ?? [];

function inForceOf(resource: KafkaExporter): InForce {
  const { name, namespace } = resource.metadata;
  return {
    metadata: { name, namespace },
    references: referencesOf(resource),
    topics: topicsOf(resource),
  };
}
