import type { KafkaExporterSpec } from '../api/kafka-exporter-spec.ts';
import { environmentSecretNames } from './credential-needs.ts';
import { refusalMessage, type SecretLabel } from './permitted-secret.ts';
import type { Refusal, SecretContent } from './resolve-credentials.ts';

/** What decides about the Secrets of variables. */
export interface EnvironmentInput {
  /** The Secrets that exist, by name. */
  readonly secrets: ReadonlyMap<string, SecretContent>;
  readonly namespace: string;
  /** The label that every Secret must have; undefined: none. */
  readonly secretLabel: SecretLabel | undefined;
}

/**
 * Why the variables of the pods may not be set from Secrets, one problem for each Secret. The operator does not copy these
 * Secrets: Kubernetes reads them when a pod starts. So a Deployment that names a refused Secret must not be written, and if a
 * label is required, neither one that names a Secret that does not exist yet.
 */
export function environmentRefusals(spec: KafkaExporterSpec, input: EnvironmentInput): Refusal[] {
  const { namespace, secretLabel, secrets } = input;
  const fields = 'spec.podTemplate.env';
  return environmentSecretNames(spec).flatMap((name): Refusal[] => {
    const secret = secrets.get(name);
    if (secret === undefined) {
      return secretLabel === undefined
        ? []
        : [
            {
              kind: 'refused',
              reason: 'SecretMissing',
              message: `Secret ${name} (${fields}) does not exist; create it with the label ${secretLabel.key}=${secretLabel.value ?? 'true'}`,
            },
          ];
    }
    const { refusal } = secret;
    if (refusal === undefined) return [];
    const message = refusalMessage(refusal, { name, fields, namespace });
    return [
      {
        kind: 'refused',
        reason: refusal.reason,
        message: `${message}; until then the Deployment stays as it is`,
      },
    ];
  });
}
