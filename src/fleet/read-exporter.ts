import { z } from 'zod';
import { CREDENTIAL_FILES } from '../exporter/contract/credential-files.ts';
import type { ExporterConfig } from '../exporter/contract/exporter-config.ts';
import { type KafkaExporter, kafkaExporter } from '../operator/api/kafka-exporter.ts';
import { type CredentialNeed, credentialNeeds } from '../operator/credentials/credential-needs.ts';
import {
  resolveCredentials,
  type SecretContent,
} from '../operator/credentials/resolve-credentials.ts';
import { renderExporterConfig } from '../operator/desired/exporter-config.ts';
import { KubeError } from '../operator/kube/kube-error.ts';
import { RESOURCE_TYPES } from '../operator/kube/resource-type.ts';
import { exporterRefusal } from './kube-refusal.ts';
import type { FleetClient } from './open-cluster.ts';

/** What a person needs to connect as an exporter does. */
export interface ExporterAccess {
  readonly config: ExporterConfig;
  /** Contents by the names of `CREDENTIAL_FILES`. They are secret: not for any output. */
  readonly files: ReadonlyMap<string, string>;
}

/** Which exporter, and what the connection is for. */
export interface AccessRequest {
  readonly namespace: string;
  readonly name: string;
  /** Only the Secrets and ConfigMaps for this server are read. */
  readonly server: 'ClickHouse' | 'Kafka';
  /** Another Secret for the login to Kafka, with the keys `username` and `password`. */
  readonly loginSecret?: string | undefined;
}

const FILES: Readonly<Record<AccessRequest['server'], readonly string[]>> = {
  ClickHouse: [
    CREDENTIAL_FILES.extraCa,
    CREDENTIAL_FILES.clickHouseUsername,
    CREDENTIAL_FILES.clickHousePassword,
    CREDENTIAL_FILES.clickHouseCa,
    CREDENTIAL_FILES.clickHouseClientCertificate,
    CREDENTIAL_FILES.clickHouseClientKey,
  ],
  Kafka: [
    CREDENTIAL_FILES.extraCa,
    CREDENTIAL_FILES.saslUsername,
    CREDENTIAL_FILES.saslPassword,
    CREDENTIAL_FILES.oauthClientId,
    CREDENTIAL_FILES.oauthClientSecret,
    CREDENTIAL_FILES.oauthCa,
    CREDENTIAL_FILES.kafkaCa,
    CREDENTIAL_FILES.kafkaClientCertificate,
    CREDENTIAL_FILES.kafkaClientKey,
  ],
};

const texts = z.record(z.string(), z.string());
const contentSchema = z.object({ data: texts.default({}), binaryData: texts.default({}) });

/**
 * Reads a KafkaExporter, and the Secrets and ConfigMaps that it names, with the rights of the user.
 *
 * @throws Error that says what is wrong or which right is missing, without any secret.
 */
export async function readExporter(
  client: FleetClient,
  request: AccessRequest,
): Promise<ExporterAccess> {
  const { namespace, server } = request;
  const resource = withLogin(await readResource(client, request), request.loginSecret);
  const rendered = renderExporterConfig(resource);
  if (rendered.kind === 'invalid') {
    throw new Error(`the KafkaExporter is not valid:\n  ${rendered.problems.join('\n  ')}`);
  }
  const needs = credentialNeeds(resource.spec).filter(({ file }) => FILES[server].includes(file));
  const objects = {
    secrets: await contentsOf(client, needs, { kind: 'Secret', namespace }),
    configMaps: await contentsOf(client, needs, { kind: 'ConfigMap', namespace }),
  };
  const resolved = resolveCredentials(needs, objects, namespace);
  if (resolved.kind === 'refused') throw new Error(resolved.message);
  const files = Object.entries(resolved.data).map(
    ([file, base64]) => [file, Buffer.from(base64, 'base64').toString('utf8')] as const,
  );
  return { config: rendered.config, files: new Map(files) };
}

async function readResource(
  client: FleetClient,
  { name, namespace }: AccessRequest,
): Promise<KafkaExporter> {
  const found = await client
    .get(RESOURCE_TYPES.kafkaExporter, namespace, name)
    .catch((error: unknown) => {
      throw error instanceof KubeError ? exporterRefusal(error, namespace) : error;
    });
  if (found === undefined) {
    throw new Error(
      `there is no KafkaExporter ${name} in namespace ${namespace}: the command status --all-namespaces lists all`,
    );
  }
  const parsed = kafkaExporter.safeParse(found);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ message, path }) => `${z.core.toDotPath(path)}: ${message}`,
  );
  throw new Error(`this program does not understand the resource:\n  ${problems.join('\n  ')}`);
}

function withLogin(resource: KafkaExporter, name: string | undefined): KafkaExporter {
  const { sasl } = resource.spec;
  if (name === undefined) return resource;
  if (sasl?.enabled !== true || sasl.oauthBearer !== undefined) {
    throw new Error(
      '--credentials-secret is for exporters that log in to Kafka with a user name and a password',
    );
  }
  const credentialsSecretRef = { name, usernameKey: 'username', passwordKey: 'password' };
  return {
    ...resource,
    spec: { ...resource.spec, sasl: { ...sasl, credentialsSecretRef } },
  };
}

async function contentsOf(
  client: FleetClient,
  needs: readonly CredentialNeed[],
  { kind, namespace }: { readonly kind: 'ConfigMap' | 'Secret'; readonly namespace: string },
): Promise<ReadonlyMap<string, SecretContent>> {
  const type = kind === 'Secret' ? RESOURCE_TYPES.secret : RESOURCE_TYPES.configMap;
  const named = needs.filter(({ source }) => source.kind === kind);
  const contents = new Map<string, SecretContent>();
  for (const { field, source } of named) {
    if (source.kind === 'Spec' || contents.has(source.name)) continue;
    const found = await client.get(type, namespace, source.name).catch((error: unknown) => {
      if (!(error instanceof KubeError)) throw error;
      throw new Error(
        error.failure === 'forbidden'
          ? `you may not read ${kind} ${source.name} of namespace ${namespace} (${field}): ask for the right to get it, or for somebody who has it to run the command`
          : `${kind} ${source.name} of namespace ${namespace} cannot be read: ${error.message}`,
        { cause: error },
      );
    });
    if (found === undefined) continue;
    const { binaryData, data } = contentSchema.parse(found);
    const encoded = Object.entries(data).map(
      ([key, value]) => [key, Buffer.from(value).toString('base64')] as const,
    );
    contents.set(source.name, {
      data: kind === 'Secret' ? data : { ...binaryData, ...Object.fromEntries(encoded) },
    });
  }
  return contents;
}
