import type { V1PodSpec } from '@kubernetes/client-node';
import { GRACE_SECONDS_MIN } from '../../exporter/contract/grace-period.ts';
import type { KafkaExporter } from '../api/kafka-exporter.ts';
import { selectorLabels } from './labels.ts';

/** What a user adds to the pods of a resource, without the container. */
export function podAdditions({ metadata, spec }: KafkaExporter): Partial<V1PodSpec> {
  const {
    affinity,
    dnsConfig,
    dnsPolicy,
    hostAliases,
    imagePullSecrets,
    nodeSelector,
    priorityClassName,
    runtimeClassName,
    terminationGracePeriodSeconds = GRACE_SECONDS_MIN,
    tolerations,
    topologySpreadConstraints,
  } = spec.podTemplate ?? {};
  return {
    ...(affinity === undefined ? {} : { affinity: withoutEmpty(affinity) }),
    ...(dnsConfig === undefined ? {} : { dnsConfig }),
    ...(dnsPolicy === undefined ? {} : { dnsPolicy }),
    ...(hostAliases === undefined ? {} : { hostAliases }),
    ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
    ...(runtimeClassName === undefined ? {} : { runtimeClassName }),
    terminationGracePeriodSeconds,
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(topologySpreadConstraints === undefined
      ? {}
      : {
          topologySpreadConstraints: topologySpreadConstraints.map((constraint) => ({
            ...constraint,
            labelSelector: withoutEmpty(
              constraint.labelSelector ?? { matchLabels: { ...selectorLabels(metadata.name) } },
            ),
          })),
        }),
  };
}

/**
 * An object without empty lists, empty texts and nulls, which the API server does not keep: it would never equal what the
 * operator wants. Empty objects stay, because an empty selector selects everything.
 */
function withoutEmpty<T extends object>(value: T): T {
  const copy = structuredClone(value);
  dropEmpty(copy);
  return copy;
}

function dropEmpty(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const entries: [string, unknown][] = Object.entries(value);
  for (const [key, child] of entries) {
    const isEmpty = child === '' || child === null || (Array.isArray(child) && child.length === 0);
    if (isEmpty && !Array.isArray(value)) Reflect.deleteProperty(value, key);
    else dropEmpty(child);
  }
}
