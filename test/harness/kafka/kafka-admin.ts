import kafkajs from 'kafkajs';
import type { AclEntry, AclFilter, Admin, SASLOptions } from 'kafkajs';
import { patchKafkajs } from '../../../src/exporter/kafka/kafkajs/kafkajs-patches.ts';
import { until, untilDone } from '../../lib/until.ts';
import { readClientProperties } from './client-properties.ts';
import type { ClientProperties } from './client-properties.ts';
import type { KafkaData } from './kafka-data.ts';
import { runKafkaTool } from './java.ts';
import { CONNECTION_TIMEOUT_MS } from './connection-timeout.ts';
import { setScramPassword, type ScramMechanism } from './scram-users.ts';

/** A permission in Kafka's own words; the pattern is literal unless it says prefixed. */
export interface KafkaAcl {
  readonly resource: 'topic' | 'group' | 'transactional-id' | 'cluster';
  /** Of a cluster: always `kafka-cluster`. */
  readonly name: string;
  readonly pattern?: 'literal' | 'prefixed';
  readonly operations: readonly KafkaOperation[];
}

type KafkaOperation = keyof typeof operations;
type Right = Pick<AclEntry, 'operation' | 'resourceName' | 'resourcePatternType' | 'resourceType'>;

export interface KafkaAdmin {
  /** Creates a topic with as many replicas as the cluster's default; resolves when it has leaders. */
  readonly createTopic: (
    name: string,
    partitions: number,
    configs?: Readonly<Record<string, string>>,
  ) => Promise<void>;
  /** Sets some of a topic's configs, and leaves the others that are its own as they are. */
  readonly changeTopic: (name: string, configs: Readonly<Record<string, string>>) => Promise<void>;
  /** Creates the user or changes its password, with SCRAM-SHA-512 by default; resolves when every broker knows it. */
  readonly setScramUser: (
    username: string,
    password: string,
    mechanism?: ScramMechanism,
  ) => Promise<void>;
  readonly removeScramUser: (username: string, mechanism?: ScramMechanism) => Promise<void>;
  /** Slows the user's sends down to this many bytes a second on each broker; undefined lifts it. Takes two seconds. */
  readonly setProduceQuota: (username: string, bytesPerSecond: number | undefined) => Promise<void>;
  /** Makes a broker load the key store of its SASL_SSL listener from this path. Rejects while the broker is down. */
  readonly useKeyStore: (nodeId: number, path: string) => Promise<void>;
  /** Allows `User:<username>` these operations from any host; resolves when a broker knows it, as `revokeAll` does. */
  readonly grant: (username: string, ...acls: readonly KafkaAcl[]) => Promise<void>;
  /** Takes back every ACL of `User:<username>`. */
  readonly revokeAll: (username: string) => Promise<void>;
  /** Runs work with kafkajs's own admin client, for what is not offered above. */
  readonly withAdmin: <T>(work: (admin: Admin) => Promise<T>) => Promise<T>;
}

const operations = {
  all: kafkajs.AclOperationTypes.ALL,
  read: kafkajs.AclOperationTypes.READ,
  write: kafkajs.AclOperationTypes.WRITE,
  create: kafkajs.AclOperationTypes.CREATE,
  delete: kafkajs.AclOperationTypes.DELETE,
  alter: kafkajs.AclOperationTypes.ALTER,
  describe: kafkajs.AclOperationTypes.DESCRIBE,
  'describe-configs': kafkajs.AclOperationTypes.DESCRIBE_CONFIGS,
  'alter-configs': kafkajs.AclOperationTypes.ALTER_CONFIGS,
  'idempotent-write': kafkajs.AclOperationTypes.IDEMPOTENT_WRITE,
} as const;

const resources = {
  topic: kafkajs.AclResourceTypes.TOPIC,
  group: kafkajs.AclResourceTypes.GROUP,
  'transactional-id': kafkajs.AclResourceTypes.TRANSACTIONAL_ID,
  cluster: kafkajs.AclResourceTypes.CLUSTER,
} as const;

const patterns = {
  literal: kafkajs.ResourcePatternTypes.LITERAL,
  prefixed: kafkajs.ResourcePatternTypes.PREFIXED,
} as const;

/** Admin operations on a started Kafka or the user's own. Each fails as Kafka refuses it. */
export function kafkaFrom(data: KafkaData): KafkaAdmin {
  const withAdmin = <T>(work: (admin: Admin) => Promise<T>): Promise<T> => useAdmin(data, work);
  return {
    withAdmin,
    createTopic: (topic, numPartitions, configs = {}) =>
      withAdmin(async (admin) => {
        const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
        // -1 takes the broker's default, which the harness sets to the number of brokers, three at most.
        await admin.createTopics({
          topics: [{ topic, numPartitions, replicationFactor: -1, configEntries }],
          waitForLeaders: false,
        });
        await untilLed(admin, topic);
      }),
    changeTopic: (name, configs) =>
      withAdmin(async (admin) => {
        const topic = { type: kafkajs.ConfigResourceTypes.TOPIC, name };
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [topic],
        });
        // kafkajs can only replace all configs that are the topic's own.
        const own = (resources[0]?.configEntries ?? [])
          .filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG)
          .map(({ configName, configValue }) => [configName, configValue] as const);
        const configEntries = Object.entries({ ...Object.fromEntries(own), ...configs }).map(
          ([name, value]) => ({ name, value }),
        );
        await admin.alterConfigs({ validateOnly: false, resources: [{ ...topic, configEntries }] });
      }),
    setScramUser: async (username, password, mechanism = 'SCRAM-SHA-512') => {
      if (data.adminPropertiesPath === undefined) {
        await setScramPassword(data.bootstrap, { username, password }, mechanism);
      } else
        await alterUser(data, username, ['--add-config', `${mechanism}=[password=${password}]`]);
      await untilLogin(data, { username, password }, mechanism);
    },
    removeScramUser: (username, mechanism = 'SCRAM-SHA-512') =>
      alterUser(data, username, ['--delete-config', mechanism]),
    setProduceQuota: (username, bytesPerSecond) =>
      alterUser(
        data,
        username,
        bytesPerSecond === undefined
          ? ['--delete-config', 'producer_byte_rate']
          : ['--add-config', `producer_byte_rate=${bytesPerSecond}`],
      ),
    useKeyStore: (nodeId, path) =>
      withAdmin(async (admin) => {
        const entries = { 'keystore.type': 'PEM', 'keystore.location': path };
        const configEntries = Object.entries(entries).map(([name, value]) => ({
          name: `listener.name.saslssl.ssl.${name}`,
          value,
        }));
        const type = kafkajs.ConfigResourceTypes.BROKER;
        const broker = { type, name: String(nodeId), configEntries };
        await admin.alterConfigs({ validateOnly: false, resources: [broker] });
      }),
    grant: (username, ...acls) =>
      withAdmin(async (admin) => {
        const wanted = acls.flatMap((acl) => aclEntries(username, acl));
        await admin.createAcls({ acl: wanted });
        await until(`the rights of ${username}`, () => rightsOf(admin, username), {
          isWanted: (found) => wanted.every((right) => found.has(textOf(right))),
        });
      }),
    revokeAll: (username) =>
      withAdmin(async (admin) => {
        await admin.deleteAcls({ filters: [everythingOf(username)] });
        await until(`no rights of ${username}`, () => rightsOf(admin, username), {
          isWanted: (found) => found.size === 0,
        });
      }),
  };
}

const everythingOf = (username: string): AclFilter => ({
  resourceType: kafkajs.AclResourceTypes.ANY,
  resourcePatternType: kafkajs.ResourcePatternTypes.ANY,
  operation: kafkajs.AclOperationTypes.ANY,
  permissionType: kafkajs.AclPermissionTypes.ANY,
  principal: `User:${username}`,
});

/** What a user may do as a broker knows it: some time after the controller has written it down. */
async function rightsOf(admin: Admin, username: string): Promise<ReadonlySet<string>> {
  const { resources } = await admin.describeAcls(everythingOf(username));
  return new Set(
    resources.flatMap(({ acls, ...resource }) =>
      acls.map((acl) => textOf({ ...resource, ...acl })),
    ),
  );
}

function textOf({ operation, resourceName, resourcePatternType, resourceType }: Right): string {
  return [operation, resourceType, resourcePatternType, resourceName].join(' ');
}

/** A leader that the metadata names may not know of it yet; kafkajs's own wait fails when the broker has not heard of the topic. */
async function untilLed(admin: Admin, topic: string): Promise<void> {
  await untilDone(`leaders of ${topic}`, () => admin.fetchTopicOffsets(topic));
}

async function useAdmin<T>(data: KafkaData, work: (admin: Admin) => Promise<T>): Promise<T> {
  const path = data.adminPropertiesPath;
  const properties = path === undefined ? undefined : await readClientProperties(path);
  patchKafkajs();
  const kafka = new kafkajs.Kafka({
    clientId: 'harness',
    brokers: data.bootstrap.split(','),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    logLevel: kafkajs.logLevel.NOTHING,
    ...(properties?.tls === true && {
      ssl: { ...(properties.caPem !== '' && { ca: properties.caPem }) },
    }),
    ...(properties?.sasl !== undefined && { sasl: saslOptions(properties.sasl) }),
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** The controller has a new password before the brokers have heard of it. */
async function untilLogin(
  data: KafkaData,
  user: { readonly username: string; readonly password: string },
  mechanism: ScramMechanism,
): Promise<void> {
  const name = mechanism === 'SCRAM-SHA-256' ? 'scram-sha-256' : 'scram-sha-512';
  for (const broker of data.saslBootstrap.split(',')) {
    const client = new kafkajs.Kafka({
      brokers: [broker],
      ssl: { ...(data.caPem !== '' && { ca: data.caPem }) },
      sasl: saslOptions({ mechanism: name, ...user }),
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      retry: { retries: 0 },
      logLevel: kafkajs.logLevel.NOTHING,
    });
    await untilDone(`a login of ${user.username} at ${broker}`, async () => {
      const admin = client.admin();
      try {
        await admin.connect();
      } finally {
        await admin.disconnect();
      }
    });
  }
}

/** kafkajs types one object for each mechanism, which a union of mechanisms does not fit. */
function saslOptions(sasl: NonNullable<ClientProperties['sasl']>): SASLOptions {
  const { mechanism, username, password } = sasl;
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}

/** kafkajs cannot alter quotas, nor SCRAM credentials where there is a login, so Kafka's own tool does. */
async function alterUser(
  data: KafkaData,
  username: string,
  change: readonly string[],
): Promise<void> {
  const path = data.adminPropertiesPath;
  const server = ['--bootstrap-server', data.bootstrap];
  const credentials = path === undefined ? [] : ['--command-config', path];
  const entity = ['--alter', '--entity-type', 'users', '--entity-name', username];
  await runKafkaTool('kafka.admin.ConfigCommand', [
    ...server,
    ...credentials,
    ...entity,
    ...change,
  ]);
}

function aclEntries(username: string, acl: KafkaAcl): AclEntry[] {
  return acl.operations.map((operation) => ({
    principal: `User:${username}`,
    host: '*',
    operation: operations[operation],
    permissionType: kafkajs.AclPermissionTypes.ALLOW,
    resourceType: resources[acl.resource],
    resourceName: acl.name,
    resourcePatternType: patterns[acl.pattern ?? 'literal'],
  }));
}
