import type { Selection } from '../../kube/kube-client.ts';
import type { ReflectorTarget } from '../../kube/reflector.ts';

/** What reflectors watch to fill one store: the selection in each namespace. An undefined namespace stands for all. */
export function targetsOf(
  namespaces: readonly (string | undefined)[],
  selection: Omit<Selection, 'namespace'>,
  store: ReflectorTarget['store'],
): ReflectorTarget[] {
  return namespaces.map((namespace) => ({ selection: { ...selection, namespace }, store }));
}
