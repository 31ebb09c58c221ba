import { topicOf } from '../../../deepflow/data-sources.ts';
import { kafkaExporterSpec } from '../../../operator/api/kafka-exporter-spec.ts';
import { topicTemplate } from '../../../operator/desired/exporter-config.ts';
import { defaultCheckpointTopic } from '../../../operator/desired/names.ts';
import type { ConvertedResource } from '../spec/convert-exporter.ts';
import type { Conversion } from '../convert-server-yaml.ts';

/** Where the KafkaExporters will be. */
export interface CommandContext {
  readonly namespace: string;
  /** The value of the operator's `--installation`; empty: none. */
  readonly installation: string;
}

const HEAD = `#!/bin/sh
# Topics and rights of the KafkaExporters. Run it where Kafka's tools are, with the
# login of an administrator in admin.properties. Topics that exist stay as they are.
set -eu
`;

/**
 * A shell script with the commands that create the topics of all KafkaExporters and give their users the rights that
 * docs/delivery.md names.
 */
export function kafkaCommands({ exporters }: Conversion, context: CommandContext): string {
  const parts = exporters.flatMap(({ resource }) =>
    resource === undefined ? [] : [commandsOf(resource, context)],
  );
  return `${HEAD}${parts.join('')}`;
}

function commandsOf(resource: ConvertedResource, context: CommandContext): string {
  const { login, name } = resource;
  const spec = kafkaExporterSpec.parse(specOf(resource));
  const topics = [...new Set(spec.dataSources.map((each) => topicOf(topicTemplate(spec), each)))];
  const checkpoints = defaultCheckpointTopic(
    { namespace: context.namespace, name },
    context.installation,
  );
  const servers = `--bootstrap-server ${spec.endpoints.join(',')} --command-config admin.properties`;
  const principal = shellText(`User:${login?.username ?? 'ANONYMOUS'}`);
  const allow = `kafka-acls.sh ${servers} --add --allow-principal ${principal}`;
  return `
# KafkaExporter ${context.namespace}/${name}
${topics.map((topic) => `kafka-topics.sh ${servers} --create --if-not-exists --topic ${topic}\n`).join('')}\
kafka-topics.sh ${servers} --create --if-not-exists --topic ${checkpoints} --partitions ${spec.delivery.shards} --config cleanup.policy=compact
${login === undefined ? '# It does not log in. Remove the following lines if your brokers have no ACLs.\n' : ''}\
${topics.map((topic) => `${allow} --operation Describe --operation Write --topic ${topic}\n`).join('')}\
${allow} --operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write --topic ${checkpoints}
${allow} --operation Describe --operation Write --transactional-id ${checkpoints} --resource-pattern-type prefixed
${allow} --operation Read --group ${checkpoints}
`;
}

/**
 * The command that creates the Secret of a KafkaExporter from a file with the password; undefined if it needs none.
 */
export function secretCommand({ login }: ConvertedResource, namespace: string): string | undefined {
  if (login === undefined) return undefined;
  const { secretName, username } = login;
  return `kubectl create secret generic ${secretName} --namespace ${namespace} --from-literal=username=${shellText(username)} --from-file=password=${secretName}.txt`;
}

function specOf({ manifest }: ConvertedResource): unknown {
  return 'spec' in manifest ? manifest.spec : undefined;
}

/** A text as one word of a POSIX shell. */
function shellText(text: string): string {
  return /^[\w.:/@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
