import { visibleText } from '../lib/visible-text.ts';
import type { KubeError } from '../operator/kube/kube-error.ts';

/** The error to show when KafkaExporters cannot be read. Undefined namespace: all namespaces. */
export function exporterRefusal(error: KubeError, namespace: string | undefined): Error {
  return new Error(sentence(error, namespace), { cause: error });
}

function sentence(error: KubeError, namespace: string | undefined): string {
  switch (error.failure) {
    case 'forbidden':
      return namespace === undefined
        ? 'you may not list KafkaExporters of all namespaces: name a namespace with --namespace, or ask for a ClusterRoleBinding to kafkaexporter-viewer'
        : `you may not read KafkaExporters of namespace ${namespace}: ask for a RoleBinding to kafkaexporter-viewer there`;
    case 'unauthorized':
      return 'the API server does not accept your login: log in again, and check the context with kubectl config current-context';
    case 'missing':
      return 'the API server knows no KafkaExporter: check the context with kubectl config current-context, or install the CRD as docs/install.md says';
    case 'transient':
    case 'conflict':
    case 'rejected':
    case 'expired':
      return `KafkaExporters cannot be read: ${visibleText(error.message)}`;
  }
}

/** The sentence to show when pods cannot be listed. */
export function podListGap(error: KubeError, namespace: string | undefined): string {
  const where = namespace === undefined ? 'all namespaces' : `namespace ${namespace}`;
  return error.failure === 'forbidden'
    ? `you may not list the pods of ${where} (right: list pods), so rates, retries and the exact lag are not shown: docs/command-line.md says which role has the right`
    : `the pods of ${where} cannot be listed: ${error.message}`;
}
