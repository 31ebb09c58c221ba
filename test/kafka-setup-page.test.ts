import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { expect, test } from 'vitest';
import { z } from 'zod';

const page = (name: string): string =>
  readFileSync(new URL(`../docs/${name}.md`, import.meta.url), 'utf8');
const SETUP = page('kafka-setup');
/** The commands that the tests of rights run against a real Kafka. */
const PROVED = [...page('delivery').matchAll(/^kafka-acls\.sh … (.+)$/gm)].map(
  ([, command = '']) => command,
);

/** A right, in one form for all tools: `topic literal NAME: Describe, Write`. */
function right(
  resource: string,
  pattern: string,
  name: string,
  operations: readonly string[],
): string {
  return `${resource} ${pattern} ${name}: ${operations.toSorted().join(', ')}`;
}

function provedRights(namespace: string): readonly string[] {
  return PROVED.map((command) => {
    const operations = [...command.matchAll(/--operation (\w+)/g)].map(([, each = '']) => each);
    const [, flag = '', name = ''] = /--(topic|transactional-id|group) (\S+)/.exec(command) ?? [];
    return right(
      flag,
      command.includes('prefixed') ? 'prefixed' : 'literal',
      name
        .replace('TOPIC', 'deepflow.flow_log.l7_flow_log')
        .replace('NAMESPACE.NAME', `${namespace}.flow-logs`),
      operations,
    );
  });
}

/** `describe_configs` → `DescribeConfigs`. */
function camelCase(operation: string): string {
  return operation.replaceAll(/(?:^|[-_])([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Rights that lines such as `… --operation a,b --topic x` grant. */
function rightsOfCommands(start: string): readonly string[] {
  const lines = SETUP.split('\n').filter((line) => line.startsWith(start));
  return lines.map((line) => {
    const [, operations = ''] = /--operations? (\S+)/.exec(line) ?? [];
    const [, flag = '', name = ''] =
      /--(topic|transactional-id|group|consumer-group) (\S+)/.exec(line) ?? [];
    const isPrefixed = / --prefix$| --resource-pattern-type prefixed$/.test(line);
    return right(
      flag.replace('consumer-', ''),
      isPrefixed ? 'prefixed' : 'literal',
      name,
      operations.split(',').map(camelCase),
    );
  });
}

test.each(['confluent kafka acl create --allow', 'rpk security acl create --allow'])(
  '%s … grants the rights that were proved',
  (start) => {
    expect(rightsOfCommands(start)).toEqual(provedRights('observability'));
  },
);

const kafkaUser = z.object({
  kind: z.literal('KafkaUser'),
  spec: z.object({
    authorization: z.object({
      acls: z.array(
        z.object({
          resource: z.object({ type: z.string(), name: z.string(), patternType: z.string() }),
          operations: z.array(z.string()),
        }),
      ),
    }),
  }),
});

test('the KafkaUser of Strimzi has the rights that were proved', () => {
  const [, block = ''] = /^## Strimzi\n.*?^```yaml\n(.*?)^```/ms.exec(SETUP) ?? [];
  const [user] = loadAll(block).flatMap((document) => kafkaUser.safeParse(document).data ?? []);
  const rights = user?.spec.authorization.acls.map(({ operations, resource }) =>
    right(
      resource.type === 'transactionalId' ? 'transactional-id' : resource.type,
      resource.patternType === 'prefix' ? 'prefixed' : resource.patternType,
      resource.name,
      operations,
    ),
  );
  expect(rights).toEqual(provedRights('kafka'));
});
