import { z } from 'zod';
import type { KubeClient } from '../kube/kube-client.ts';
import { RESOURCE_TYPES } from '../kube/resource-type.ts';

const podContainers = z.looseObject({
  spec: z.looseObject({
    containers: z.array(z.looseObject({ name: z.string(), image: z.string() })).min(1),
  }),
});

/** The operator's own pod. */
export interface OwnPod {
  readonly namespace: string;
  readonly name: string;
}

const CONTAINER_NAME = 'operator';

/**
 * The image of the operator's own container (`operator`, or else the first container of the pod). Operator and exporters use the
 * same image, so a user who overrides the operator's image also overrides that of the exporters.
 *
 * @throws when the pod does not exist; KubeError when it cannot be read.
 */
export async function readOwnImage(
  client: Pick<KubeClient, 'get'>,
  { namespace, name }: OwnPod,
): Promise<string> {
  const pod = await client.get(RESOURCE_TYPES.pod, namespace, name);
  if (pod === undefined) {
    throw new Error(
      `the operator's own pod ${namespace}/${name} does not exist: check POD_NAMESPACE and POD_NAME, or set --exporter-image`,
    );
  }
  const { containers } = podContainers.parse(pod).spec;
  const own = containers.find((container) => container.name === CONTAINER_NAME) ?? containers[0];
  return own?.image ?? '';
}
