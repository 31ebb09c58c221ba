import { z } from 'zod';
import { type KafkaExporter, kafkaExporter } from '../../api/kafka-exporter.ts';
import { readAcceptedSpec } from '../../desired/accepted-spec.ts';
import { workloadName } from '../../desired/names.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { controllerUidOf, type KubeObject } from '../../kube/kube-object.ts';
import { RESOURCE_TYPES } from '../../kube/resource-type.ts';

const secretData = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });
const suspension = z.looseObject({ spec: z.looseObject({ suspend: z.boolean().optional() }) });

/**
 * The resource with the spec that the operator accepted last, which is in the Secret of the pods. `suspend` is that of the
 * current spec, so that a user can always make the operator stop.
 *
 * @returns undefined: no spec has been accepted yet, or it is not kept.
 * @throws KubeError when the Secret cannot be read.
 */
export async function lastValidResource(
  client: Pick<KubeClient, 'get'>,
  live: KubeObject,
): Promise<KafkaExporter | undefined> {
  const { name, namespace = '', uid } = live.metadata;
  const secret = await client.get(RESOURCE_TYPES.secret, namespace, workloadName(name));
  if (secret === undefined || controllerUidOf(secret) !== uid) return undefined;
  const spec = readAcceptedSpec(secretData.parse(secret).data);
  if (spec === undefined) return undefined;
  const suspend = suspension.safeParse(live).data?.spec.suspend ?? false;
  return kafkaExporter.safeParse({ metadata: live.metadata, spec: { ...spec, suspend } }).data;
}
