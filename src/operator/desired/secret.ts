import type { V1Secret } from '@kubernetes/client-node';
import { CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import type { KafkaExporter } from '../api/kafka-exporter.ts';
import type { KubeManifest } from '../kube/kube-object.ts';
import { ownedMetadata } from './metadata.ts';
import { workloadName } from './names.ts';

/** Files of the credentials directory by name, base64-encoded as in a Secret, without the revision. */
export type CredentialData = Readonly<Record<string, string>>;

/** The Secret that the pods mount: copies of the referenced credentials, and their revision. */
export function managedSecret(
  resource: KafkaExporter,
  published: { readonly data: CredentialData; readonly revision: number },
): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: ownedMetadata(resource, workloadName(resource.metadata.name)),
    type: 'Opaque',
    data: {
      ...published.data,
      [CREDENTIAL_FILES.revision]: Buffer.from(String(published.revision)).toString('base64'),
    },
  } satisfies V1Secret;
}
