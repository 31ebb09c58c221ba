import type { KafkaVersion } from './kafka-versions.ts';

/** What a broker's configuration depends on. Ports and addresses are those it listens on and advertises. */
export interface BrokerSettings {
  readonly version: KafkaVersion;
  readonly nodeId: number;
  readonly folder: string;
  readonly keyStore: {
    readonly path: string;
    /** The key, then the certificates: what the file has. */
    readonly pem: string;
  };
  readonly trustStorePath: string;
  readonly ports: BrokerPorts;
  /** The port that clients of the SASL listener are told instead of the broker's own. */
  readonly advertisedSaslPort?: number;
  /** The host that they are told instead of 127.0.0.1. */
  readonly advertisedSaslHost?: string;
  readonly podAddress?: string;
  readonly cluster: ClusterSettings;
  readonly replicationFactor: number;
  readonly plainUser: { readonly username: string; readonly password: string };
  /** How long a client may go on after a login before the broker wants another; 0 for ever. */
  readonly reauthenticationMs: number;
  /** URL of the keys that sign tokens for mechanism OAUTHBEARER; absent: it is off. */
  readonly tokenKeysUrl?: string;
  /** A port of [::1] for a listener without encryption and logins. */
  readonly ipv6Port?: number;
  /** More of server.properties, which go before what the harness sets. */
  readonly properties?: Readonly<Record<string, string | number>>;
}

/** How a broker meets the others. */
export type ClusterSettings =
  | {
      readonly kind: 'KRaft';
      /** `id@host:port` of each controller. */
      readonly voters: readonly string[];
      readonly isController: boolean;
    }
  | { readonly kind: 'ZooKeeper'; readonly port: number };

export interface BrokerPorts {
  readonly plaintext: number;
  readonly sasl: number;
  readonly mutualTls: number;
  readonly podSasl: number;
  readonly controller: number;
}

/** The audience that a token must have; its subject is the user. */
const TOKEN_AUDIENCE = 'kafka';

const mechanisms = 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512';
const scramModule = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
const bearerModule =
  'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;';
const bearerValidator = 'org.apache.kafka.common.security.oauthbearer.BrokerJwtValidator';
const bearerHandler =
  'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler';
const plainModule = 'org.apache.kafka.common.security.plain.PlainLoginModule required';

/**
 * The text of server.properties for one broker (kafka.apache.org/41/configuration, and /28 with ZooKeeper). ACLs are on and
 * only clients of the plain listener are super users, so that a missing ACL is a real one.
 */
export function serverProperties(broker: BrokerSettings): string {
  const { ports, replicationFactor } = broker;
  const clientListeners = (saslPort: number, saslHost = '127.0.0.1'): string[] => [
    `PLAINTEXT://127.0.0.1:${ports.plaintext}`,
    `SASLSSL://${saslHost}:${saslPort}`,
    `MTLS://${broker.podAddress ?? '127.0.0.1'}:${ports.mutualTls}`,
    ...(broker.ipv6Port === undefined ? [] : [`IPV6://[::1]:${broker.ipv6Port}`]),
    ...(broker.podAddress === undefined ? [] : [`PODSASL://${broker.podAddress}:${ports.podSasl}`]),
  ];
  const { cluster } = broker;
  const controllerListener =
    cluster.kind === 'KRaft' && cluster.isController
      ? [`CONTROLLER://127.0.0.1:${ports.controller}`]
      : [];
  const minimumInSync = Math.max(1, replicationFactor - 1);
  return lines({
    ...(cluster.kind === 'KRaft'
      ? inRaft(broker.nodeId, cluster)
      : withZooKeeper(broker.nodeId, cluster)),
    listeners: [...clientListeners(ports.sasl), ...controllerListener].join(','),
    'advertised.listeners': clientListeners(
      broker.advertisedSaslPort ?? ports.sasl,
      broker.advertisedSaslHost,
    ).join(','),
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,SASLSSL:SASL_SSL,MTLS:SSL,PODSASL:SASL_SSL,IPV6:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': `${broker.folder}/data`,
    'num.partitions': 1,
    'default.replication.factor': replicationFactor,
    'offsets.topic.replication.factor': replicationFactor,
    // Fifty partitions of each internal topic would take seconds to create and serve no test.
    'offsets.topic.num.partitions': 5,
    'transaction.state.log.num.partitions': 5,
    'transaction.state.log.replication.factor': replicationFactor,
    'transaction.state.log.min.isr': minimumInSync,
    'share.coordinator.state.topic.replication.factor': replicationFactor,
    'share.coordinator.state.topic.min.isr': minimumInSync,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': false,
    ...saslListener('saslssl', broker),
    ...saslListener('podsasl', broker),
    'listener.name.mtls.ssl.client.auth': 'required',
    // Kafka 4.1's default validator checks no signature, and no listener can have another one.
    ...(broker.tokenKeysUrl !== undefined && {
      'sasl.oauthbearer.jwt.validator.class': bearerValidator,
    }),
    ...keyStoreOf(broker),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': broker.trustStorePath,
    ...broker.properties,
  });
}

// A lost broker's partitions get other leaders after this long, not the default of nine seconds or more.
const LOST_AFTER_MS = 5_000;

function inRaft(
  nodeId: number,
  { voters, isController }: ClusterSettings & { readonly kind: 'KRaft' },
): Record<string, string | number> {
  return {
    'process.roles': isController ? 'broker,controller' : 'broker',
    'node.id': nodeId,
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    'broker.session.timeout.ms': LOST_AFTER_MS,
    'broker.heartbeat.interval.ms': 500,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  };
}

function withZooKeeper(
  nodeId: number,
  { port }: ClusterSettings & { readonly kind: 'ZooKeeper' },
): Record<string, string | number> {
  return {
    'broker.id': nodeId,
    'zookeeper.connect': `127.0.0.1:${port}`,
    'zookeeper.session.timeout.ms': LOST_AFTER_MS,
    'authorizer.class.name': 'kafka.security.authorizer.AclAuthorizer',
  };
}

function keyStoreOf({ keyStore, cluster }: BrokerSettings): Record<string, string> {
  const type = { 'ssl.keystore.type': 'PEM' };
  if (cluster.kind === 'KRaft') return { ...type, 'ssl.keystore.location': keyStore.path };
  // Before 3.0 a key that needs no password has to stand in the configuration itself.
  const [key = '', ...certificates] = keyStore.pem.split(/(?=-----BEGIN CERTIFICATE-----)/);
  const inOneLine = (pem: string): string => pem.replaceAll('\n', '\\n');
  return {
    ...type,
    'ssl.keystore.key': inOneLine(key),
    'ssl.keystore.certificate.chain': inOneLine(certificates.join('')),
  };
}

function saslListener(name: string, broker: BrokerSettings): Record<string, string | number> {
  const prefix = `listener.name.${name}`;
  const { username, password } = broker.plainUser;
  const { tokenKeysUrl } = broker;
  return {
    [`${prefix}.sasl.enabled.mechanisms`]:
      tokenKeysUrl === undefined ? mechanisms : `${mechanisms},OAUTHBEARER`,
    ...(tokenKeysUrl !== undefined && {
      [`${prefix}.oauthbearer.sasl.jaas.config`]: bearerModule,
      [`${prefix}.oauthbearer.sasl.server.callback.handler.class`]: bearerHandler,
      [`${prefix}.oauthbearer.sasl.oauthbearer.jwks.endpoint.url`]: tokenKeysUrl,
      [`${prefix}.oauthbearer.sasl.oauthbearer.expected.audience`]: TOKEN_AUDIENCE,
    }),
    [`${prefix}.connections.max.reauth.ms`]: broker.reauthenticationMs,
    [`${prefix}.plain.sasl.jaas.config`]: `${plainModule} user_${username}="${password}" user_${username}-2="${password}-2";`,
    [`${prefix}.scram-sha-256.sasl.jaas.config`]: scramModule,
    [`${prefix}.scram-sha-512.sasl.jaas.config`]: scramModule,
  };
}

function lines(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${String(value)}\n`)
    .join('');
}
