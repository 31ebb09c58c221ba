import type { KafkaExporterSpec } from '../../api/kafka-exporter-spec.ts';
import type { Trials } from '../../credentials/publish-credentials.ts';
import type { ObservedPod } from './observation.ts';

/**
 * What the pods of a resource say about candidate credentials.
 *
 * @param candidate the revision that they should try; undefined: none.
 */
export function trialsOf(
  pods: readonly ObservedPod[],
  { preflight }: Pick<KafkaExporterSpec, 'preflight'>,
  { candidate, nowMs }: { readonly candidate: number | undefined; readonly nowMs: number },
): Trials {
  const running = pods.filter((pod) => pod.running);
  const accepted = running.flatMap(({ report }) => report?.credentialsRevision ?? []);
  return {
    wanted: preflight === 'Pods',
    accepted: accepted.length === 0 ? undefined : Math.max(...accepted),
    silent:
      running.length > 0 &&
      running.every(({ ready, report }) => ready && report?.candidate === undefined),
    told:
      candidate === undefined ||
      running.every(({ credentialsAnnotation }) => credentialsAnnotation === String(candidate)),
    nowMs,
  };
}
