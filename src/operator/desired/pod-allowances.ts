import type { PodTemplate } from '../api/pod-template.ts';

/**
 * What authors may ask for in `podTemplate`, by the options of the operator: lists of names. A name that ends with `*` stands
 * for all that begin as it does. A list that is absent allows everything, and an empty one nothing.
 */
export interface PodAllowances {
  /** `--allowed-priority-classes`: a PriorityClass decides whose pods are evicted for whom. */
  readonly allowedPriorityClasses?: readonly string[] | undefined;
  /** `--allowed-runtime-classes`: a RuntimeClass decides how far a container is kept apart from its node. */
  readonly allowedRuntimeClasses?: readonly string[] | undefined;
  /** `--allowed-tolerations`, keys of taints: a taint keeps nodes for some pods. */
  readonly allowedTolerations?: readonly string[] | undefined;
  /** `--allowed-pod-annotations`: annotations direct sidecar injectors, networks and cloud roles. */
  readonly allowedPodAnnotations?: readonly string[] | undefined;
  /** `--allowed-pod-labels`: labels make a pod a part of Services, and subject to network policies. */
  readonly allowedPodLabels?: readonly string[] | undefined;
}

interface Request {
  /** The field that asks, for messages. */
  readonly field: string;
  readonly value: string;
  readonly allowed: readonly string[] | undefined;
  readonly flag: string;
}

/** What a resource asks for without being allowed to: sentences that name the field, the value and what is allowed. */
export function notAllowed(template: PodTemplate | undefined, allowances: PodAllowances): string[] {
  return requestsOf(template ?? {}, allowances).flatMap((request) =>
    isAllowed(request) ? [] : [sentence(request)],
  );
}

function requestsOf(template: PodTemplate, allowances: PodAllowances): Request[] {
  const { annotations, labels, priorityClassName, runtimeClassName, tolerations } = template;
  const requests = (
    field: string,
    values: readonly (string | undefined)[],
    [flag, allowed]: readonly [flag: string, allowed: readonly string[] | undefined],
  ): Request[] =>
    values.flatMap((value) =>
      // An empty name is the same as none, but an empty key of a toleration matches every taint.
      value === undefined ? [] : [{ field: `spec.podTemplate.${field}`, value, flag, allowed }],
    );
  return [
    ...requests(
      'priorityClassName',
      [priorityClassName === '' ? undefined : priorityClassName],
      ['--allowed-priority-classes', allowances.allowedPriorityClasses],
    ),
    ...requests(
      'runtimeClassName',
      [runtimeClassName],
      ['--allowed-runtime-classes', allowances.allowedRuntimeClasses],
    ),
    ...requests(
      'tolerations',
      (tolerations ?? []).map(({ key = '' }) => key),
      ['--allowed-tolerations', allowances.allowedTolerations],
    ),
    ...requests('annotations', Object.keys(annotations ?? {}), [
      '--allowed-pod-annotations',
      allowances.allowedPodAnnotations,
    ]),
    ...requests('labels', Object.keys(labels ?? {}), [
      '--allowed-pod-labels',
      allowances.allowedPodLabels,
    ]),
  ];
}

function isAllowed({ allowed, value }: Request): boolean {
  return (
    allowed === undefined ||
    allowed.some((name) =>
      name.endsWith('*') ? value.startsWith(name.slice(0, -1)) : value === name,
    )
  );
}

function sentence({ allowed = [], field, flag, value }: Request): string {
  const what = value === '' ? 'a toleration of every taint' : value;
  const list = allowed.length === 0 ? 'none is' : `allowed: ${allowed.join(', ')}`;
  return `${field}: ${what} is not allowed by the administrator of the operator; ${list} (${flag})`;
}
