import type { ConvertedResource } from '../spec/convert-exporter.ts';

/** Where External Secrets finds a login. */
export interface SecretStore {
  readonly kind: 'ClusterSecretStore' | 'SecretStore';
  readonly name: string;
}

/** The Secret with the login of a KafkaExporter, password included; undefined if it needs none. */
export function secretManifest(
  { login }: ConvertedResource,
  namespace: string,
): object | undefined {
  if (login === undefined) return undefined;
  const { password, secretName, username } = login;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName, namespace },
    stringData: { username, password },
  };
}

/**
 * An ExternalSecret that makes this Secret; undefined if the KafkaExporter needs none. The entry in the store has the name of the
 * Secret, and the properties username and password.
 *
 * @see https://external-secrets.io/latest/api/externalsecret/
 */
export function externalSecret(
  { login }: ConvertedResource,
  namespace: string,
  store: SecretStore,
): object | undefined {
  if (login === undefined) return undefined;
  const { secretName: name } = login;
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name, namespace },
    spec: {
      refreshInterval: '1m',
      secretStoreRef: { name: store.name, kind: store.kind },
      target: { name },
      data: ['username', 'password'].map((key) => ({
        secretKey: key,
        remoteRef: { key: name, property: key },
      })),
    },
  };
}
