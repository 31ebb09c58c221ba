import { z } from 'zod';
import { flag, group, text } from './fields.ts';

const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const ALLOWED = /^[A-Za-z0-9._/-]*\*?$/;

function allowed(field: string, option: string): z.ZodType {
  return z
    .array(z.string().regex(ALLOWED))
    .nullable()
    .default(null)
    .describe(`${field} that KafkaExporters may have (\`${option}\`).`);
}

/** What the operator and authors of KafkaExporters may do. */
export const rights = {
  watchNamespaces: z
    .array(z.string().regex(NAMESPACE))
    .default([])
    .describe(
      'Namespaces in which the operator has rights; they must exist. Empty: all, by a ClusterRole.',
    ),
  podPatch: flag(
    true,
    'Let the operator patch pods, so that the kubelet refreshes changed credentials at once instead of within 90 seconds.',
  ),
  requireSecretLabel: text(
    '',
    /^\S*$/,
    'Label of the Secrets that KafkaExporters may use, `NAME` or `NAME=VALUE` (`--require-secret-label`). Empty: all.',
  ),
  allowed: group({
    priorityClasses: allowed('`priorityClassName`', '--allowed-priority-classes'),
    runtimeClasses: allowed('`runtimeClassName`', '--allowed-runtime-classes'),
    tolerations: allowed('Keys of `tolerations`', '--allowed-tolerations'),
    podAnnotations: allowed('Keys of `annotations`', '--allowed-pod-annotations'),
    podLabels: allowed('Keys of `labels`', '--allowed-pod-labels'),
  }).describe(
    'What `podTemplate` may ask for: names, or their beginnings and `*`. `null`: everything. An empty list: nothing.',
  ),
  admissionPolicy: group({
    enabled: flag(
      false,
      'Hold the operator to what it does, by ValidatingAdmissionPolicies, also if its token is stolen.',
    ),
  }),
  userRoles: group({
    create: flag(
      true,
      'ClusterRoles `kafkaexporter-viewer`, `kafkaexporter-editor` and `kafkaexporter-status-reader` for people.',
    ),
  }),
};
