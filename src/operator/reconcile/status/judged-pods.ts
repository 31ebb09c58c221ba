import type { Observation, ObservedPod } from '../observe/observation.ts';

/**
 * The pods whose reports say whether a resource delivers. While a rollout replaces pods that deliver, these are the former pods:
 * a new pod that has not started yet changes nothing. A pod that has just started counts once it is ready or has a problem,
 * unless there are no other pods.
 *
 * @returns running pods; empty: no pod runs.
 */
export function judgedPods({ pods }: Pick<Observation, 'pods'>): readonly ObservedPod[] {
  const running = pods.filter((pod) => pod.running);
  const former = running.filter((pod) => !pod.updated);
  if (former.some(delivers)) return former;
  const updated = running.filter((pod) => pod.updated);
  const candidates = updated.length > 0 ? updated : running;
  const known = candidates.filter((pod) => delivers(pod) || problemOf(pod) !== undefined);
  return known.length > 0 ? known : candidates;
}

/** The problem that a pod wants to be solved first; undefined: it reports none. */
export function problemOf({
  report,
}: ObservedPod): { reason: string; message: string } | undefined {
  return report?.problems[0];
}

/** Whether a pod delivers, as far as it is known: a pod that does not answer the operator is asked by the kubelet as well. */
function delivers({ ready, report }: ObservedPod): boolean {
  return report === undefined ? ready : report.delivering;
}
