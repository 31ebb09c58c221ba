/** The type of Secrets that hold a token of a ServiceAccount for the Kubernetes API. */
const SERVICE_ACCOUNT_TOKEN = 'kubernetes.io/service-account-token';

/** The label that a Secret must have, the value of `--require-secret-label`. */
export interface SecretLabel {
  readonly key: string;
  /** Undefined: any value. */
  readonly value: string | undefined;
}

/** Why no KafkaExporter may refer to a Secret. */
export type SecretRefusal =
  | { readonly reason: 'SecretTypeRefused' }
  | { readonly reason: 'SecretNotLabelled'; readonly label: SecretLabel };

/** What decides whether a KafkaExporter may refer to a Secret: nothing of its data. */
interface SecretMarks {
  readonly type: string | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/**
 * Why a KafkaExporter may not refer to a Secret; undefined: it may. Whoever may create a KafkaExporter could otherwise send the
 * token of any ServiceAccount of the namespace to a server of their choice, and act with its rights.
 *
 * @param label the label that every Secret must have; undefined: none.
 */
export function secretRefusal(
  { labels, type }: SecretMarks,
  label: SecretLabel | undefined,
): SecretRefusal | undefined {
  if (type === SERVICE_ACCOUNT_TOKEN) return { reason: 'SecretTypeRefused' };
  if (label === undefined) return undefined;
  const has = labels?.[label.key];
  const isLabelled = label.value === undefined ? has !== undefined : has === label.value;
  return isLabelled ? undefined : { reason: 'SecretNotLabelled', label };
}

/**
 * A refusal as a sentence that names the Secret and the remedy.
 *
 * @param fields the fields of the resource that refer to the Secret.
 */
export function refusalMessage(
  refusal: SecretRefusal,
  { fields, name, namespace }: { fields: string; name: string; namespace: string },
): string {
  if (refusal.reason === 'SecretTypeRefused') {
    return `Secret ${name} (${fields}) has the type ${SERVICE_ACCOUNT_TOKEN}: its token gives rights in Kubernetes and is never sent to another server; refer to a Secret with credentials of that server. To log in to Kafka as the pod's ServiceAccount, set spec.sasl.oauthBearer.serviceAccountToken`;
  }
  const { key, value } = refusal.label;
  const wanted = value === undefined ? key : `${key}=${value}`;
  return `Secret ${name} (${fields}) does not have the label ${wanted}, so no KafkaExporter may use it (--require-secret-label of the operator); if this KafkaExporter may, set the label: kubectl label secret ${name} --namespace ${namespace} --overwrite ${key}=${value ?? 'true'}`;
}
