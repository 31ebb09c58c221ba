import { z } from 'zod';
import type { KubeClient } from '../kube/kube-client.ts';
import { RESOURCE_TYPES } from '../kube/resource-type.ts';

const podContainers = z.looseObject({
  spec: z.looseObject({
    containers: z.array(z.looseObject({ name: z.string(), image: z.string() })).min(1),
  }),
});

/** Where the operator itself runs. */
export interface OwnPod {
  readonly namespace: string;
  readonly name: string;
}

const CONTAINER_NAME = 'operator';

/**
 * The image of the operator's own container (`operator`, else the first of the pod). One image serves
 * both commands, and whoever overrides the operator's image wants the exporters to follow.
 *
 * @throws when there is no such pod; KubeError when it cannot be read.
 */
export async function readOwnImage(
  client: Pick<KubeClient, 'get'>,
  { namespace, name }: OwnPod,
): Promise<string> {
  const pod = await client.get(RESOURCE_TYPES.pod, namespace, name);
  if (pod === undefined) throw new Error(`there is no pod ${namespace}/${name}`);
  const { containers } = podContainers.parse(pod).spec;
  const own = containers.find((container) => container.name === CONTAINER_NAME) ?? containers[0];
  return own?.image ?? '';
}
