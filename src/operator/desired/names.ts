import { createHash } from 'node:crypto';

/** The longest name of a topic (Kafka, org.apache.kafka.common.internals.Topic). */
export const TOPIC_CHARACTERS_MAX = 249;
const CHECKPOINTS = '.checkpoints';
const LONGEST = 43;
const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/**
 * The prefix of the names of all objects of a resource, and the value of their label. It is the name of the resource if that is
 * a DNS label (RFC 1035) of at most 43 characters. Other names are shortened and made unique with a hash; the same name always
 * gives the same result. 43 leaves room for `-exporter-<config hash>` within the 63 characters of a DNS label.
 */
export function instanceName(resourceName: string): string {
  if (resourceName.length <= LONGEST && DNS_LABEL.test(resourceName)) return resourceName;
  const hash = createHash('sha256').update(resourceName).digest('hex').slice(0, 8);
  const stem = resourceName.replaceAll('.', '-').replace(/^(?![a-z])/, 'x');
  return `${stem.slice(0, LONGEST - 9).replace(/-+$/, '')}-${hash}`;
}

/** Name of the Deployment, Service, ServiceAccount and Secret of a resource. */
export function workloadName(resourceName: string): string {
  return `${instanceName(resourceName)}-exporter`;
}

/** Name of the Service to which records are pushed. */
export function pushServiceName(resourceName: string): string {
  return `${workloadName(resourceName)}-push`;
}

/** Name of the ConfigMap that has the configuration with this hash. */
export function configMapName(resourceName: string, configHash: string): string {
  return `${workloadName(resourceName)}-${configHash}`;
}

/** The hash in the name of a ConfigMap that `configMapName` has named. */
export function hashOfConfigMap(name: string): string {
  return name.slice(name.lastIndexOf('-') + 1);
}

/**
 * Default of `spec.delivery.checkpointTopic`. The names of the consumer group and of the transactional ids begin with it. A name
 * that is too long for Kafka is shortened, and made unique with a hash.
 *
 * @param installation the value of `--installation`; empty: none.
 */
export function defaultCheckpointTopic(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  installation: string,
): string {
  const prefix = installation === '' ? '' : `${installation}.`;
  const topic = `deepflow-export.${prefix}${namespace}.${name}${CHECKPOINTS}`;
  if (topic.length <= TOPIC_CHARACTERS_MAX) return topic;
  const end = `-${createHash('sha256').update(topic).digest('hex').slice(0, 16)}${CHECKPOINTS}`;
  return `${topic.slice(0, TOPIC_CHARACTERS_MAX - end.length)}${end}`;
}
