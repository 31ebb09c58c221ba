import { z } from 'zod';
import { flag, group, object, objects, text, texts } from './fields.ts';

/** What the operator's pods run. */
export const pods = {
  image: group({
    repository: text(
      'deepflow-kafka-exporter',
      /^[a-z0-9][a-z0-9._:/-]*$/,
      'Image of the operator and of the exporters, with its registry.',
    ),
    tag: text(
      '',
      /^[\w.-]*$/,
      'Tag of the image. Empty: the chart’s `appVersion`, unless a digest is set.',
    ),
    digest: text('', /^(?:sha256:[0-9a-f]{64})?$/, 'Digest of the image, such as `sha256:…`.'),
    pullPolicy: z
      .enum(['', 'IfNotPresent', 'Always', 'Never'])
      .default('')
      .describe(
        'When the operator’s pods pull the image. Empty: as Kubernetes does it, always for the tag `latest`.',
      ),
  }),
  imagePullSecrets: z
    .array(z.strictObject({ name: z.string().min(1) }))
    .default([])
    .describe(
      'Secrets with which the operator’s pods pull the image. Exporters have their own: `spec.podTemplate.imagePullSecrets`.',
    ),
  exporterImage: text(
    '',
    /^\S*$/,
    'Image of the exporters (`--exporter-image`). Empty: the operator’s own.',
  ),
  replicas: z
    .int()
    .min(1)
    .max(10)
    .default(2)
    .describe(
      'Operators. One reconciles, the others take over. Two or more have a PodDisruptionBudget.',
    ),
  resources: object(
    { requests: { cpu: '50m', memory: '192Mi' }, limits: { memory: '384Mi' } },
    'Resources of the operator’s container.',
  ),
  platformSecurityContext: flag(
    false,
    'Leave the user and the group of all pods to the platform, as OpenShift wants it (`--platform-security-context`).',
  ),
  installation: text(
    '',
    /^[A-Za-z0-9_-]{0,63}$/,
    'Name of this installation, where operators of several clusters use one Kafka (`--installation`).',
  ),
  extraArgs: z
    .array(z.string())
    .default([])
    .describe('Further options of the operator, such as `--log-level=debug`.'),
};

/** Where the operator's pods run. */
export const scheduling = {
  spread: z
    .enum(['Preferred', 'Nodes', 'Zones'])
    .default('Preferred')
    .describe(
      'How operators are kept apart. `Preferred`: on different nodes where that is possible. `Nodes`, `Zones`: always on different ones; `replicas` must not be more than there are.',
    ),
  nodeSelector: texts('Labels of the nodes on which operators run.'),
  tolerations: objects('Taints of nodes on which operators run nevertheless.'),
  affinity: object({}, 'Affinity of the operator’s pods. Its parts replace those of `spread`.'),
  priorityClassName: text('', /^[a-z0-9.-]*$/, 'PriorityClass of the operator’s pods.'),
  podAnnotations: texts('Annotations of the operator’s pods.'),
  podLabels: texts('Labels of the operator’s pods.'),
};
