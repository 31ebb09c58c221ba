import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { TOKEN_DIRECTORY, TOKEN_FILE } from '../../exporter/contract/mounted-files.ts';
import type { KafkaExporter } from '../api/kafka-exporter.ts';
import { activeSasl } from './exporter-config.ts';

const NAME = 'kafka-token';

/** The volume with the token with which the pods log in to Kafka, and its mount; empty if they use no such token. */
export function tokenVolume({ spec }: KafkaExporter): {
  readonly volumes: readonly V1Volume[];
  readonly mounts: readonly V1VolumeMount[];
} {
  const token = activeSasl(spec)?.oauthBearer?.serviceAccountToken;
  if (token === undefined) return { volumes: [], mounts: [] };
  const { audience, expirationSeconds } = token;
  const serviceAccountToken = { audience, expirationSeconds, path: TOKEN_FILE };
  return {
    volumes: [{ name: NAME, projected: { sources: [{ serviceAccountToken }] } }],
    mounts: [{ mountPath: TOKEN_DIRECTORY, name: NAME, readOnly: true }],
  };
}
