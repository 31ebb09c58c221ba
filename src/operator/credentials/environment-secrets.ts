import type { KafkaExporterSpec } from '../api/kafka-exporter-spec.ts';
import { environmentNeeds, type KeyNeed } from './credential-needs.ts';
import { refusalMessage, type SecretLabel } from './permitted-secret.ts';
import { createCommand } from './secret-commands.ts';
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
  const bySecret = Map.groupBy(environmentNeeds(spec), ({ source }) => source.name);
  return [...bySecret].flatMap(([name, needs]) => refusalOf(name, needs, input) ?? []);
}

function refusalOf(
  name: string,
  needs: readonly KeyNeed[],
  { namespace, secretLabel, secrets }: EnvironmentInput,
): Refusal | undefined {
  const fields = 'spec.podTemplate.env';
  const secret = secrets.get(name);
  const [first] = needs;
  if (secret === undefined && secretLabel !== undefined && first !== undefined) {
    const create = createCommand(first.source, needs, namespace);
    const message = `Secret ${name} (${fields}) does not exist; create it, and then set its label ${secretLabel.key}: ${create}`;
    return { kind: 'refused', reason: 'SecretMissing', message };
  }
  const refusal = secret?.refusal;
  if (refusal === undefined) return undefined;
  const message = refusalMessage(refusal, { name, fields, namespace });
  return {
    kind: 'refused',
    reason: refusal.reason,
    message: `${message}; until then the Deployment stays as it is`,
  };
}
