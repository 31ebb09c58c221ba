import { randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { until } from '../../lib/until.ts';
import { freePorts } from '../process/free-ports.ts';
import { openRun } from '../process/run.ts';
import type { Run } from '../process/run.ts';
import { withProgress } from '../progress.ts';
import { HarnessError } from '../harness-error.ts';
import { createCertificateAuthority } from '../tls/certificate-authority.ts';
import type {
  CertificateAuthority,
  CertificateRequest,
  IssuedCertificate,
} from '../tls/certificate-authority.ts';
import { createBroker } from './broker.ts';
import type { Broker } from './broker.ts';
import { kafkaClassPath } from './java.ts';
import { DEFAULT_KAFKA_VERSION, usesZooKeeper } from './kafka-versions.ts';
import type { KafkaVersion } from './kafka-versions.ts';
import { startZooKeeper } from './zookeeper.ts';
import { kafkaFrom } from './kafka-admin.ts';
import type { KafkaAdmin } from './kafka-admin.ts';
import type { KafkaData } from './kafka-data.ts';
import type { BrokerPorts, BrokerSettings, ClusterSettings } from './server-properties.ts';
import { ownKafka } from './own-kafka.ts';

export interface KafkaOptions {
  /** 4.1 by default. 2.8 runs with ZooKeeper. Before 3.5, Kafka without ZooKeeper knows no SCRAM users. */
  readonly version?: KafkaVersion | undefined;
  /** One to three; one by default. With two only the second may be stopped: the first alone is the controller. */
  readonly brokers?: 1 | 2 | 3;
  /** An address of this machine that pods reach; adds a SASL_SSL listener there. */
  readonly podAddress?: string;
  /** The broker wants a new login after this long (connections.max.reauth.ms); 0, the default, is never. */
  readonly reauthenticationMs?: number;
  /** URL of a JSON Web Key Set; adds mechanism OAUTHBEARER for tokens that one of its keys has signed. */
  readonly tokenKeysUrl?: string;
  /** The host that clients of the SASL_SSL listener are sent to. */
  readonly advertisedSaslHost?: string;
  /** A port of [::1] on which the only broker also listens, without encryption and logins. */
  readonly ipv6Port?: number;
  /** More of server.properties of every broker, which go before what the harness sets. */
  readonly properties?: Readonly<Record<string, string | number>>;
  /** The plain listener's port of the first broker; a random free one by default. */
  readonly port?: number;
  /**
   * One port for each broker, which clients of its SASL_SSL listener are sent to: a proxy of the caller's has to
   * listen there. `saslBootstrap` still names the brokers' own ports.
   */
  readonly advertisedSaslPorts?: readonly number[];
}

export interface KafkaHandle extends KafkaData, KafkaAdmin {
  /** By index, the first is 0. Empty for the user's own Kafka. */
  readonly brokers: readonly Broker[];
  /**
   * Listeners that want a client certificate of the brokers' authority; its user is `CN=<name>`. Pods reach them, too, with
   * `podAddress`. Empty for the user's own Kafka.
   */
  readonly mutualTlsBootstrap: string;
  /** The authority that such certificates come from. Empty for the user's own Kafka. */
  readonly clientAuthority: { readonly certificatePem: string; readonly keyPem: string };
  /** Makes a client certificate for that listener. */
  readonly issueClientCertificate: (name: string) => Promise<IssuedCertificate>;
  /**
   * Gives all brokers a new certificate for new connections of the SASL_SSL listener, without a restart: one that is
   * valid, or one that has expired. Rejects while a broker is down.
   */
  readonly renewCertificates: (state: 'valid' | 'expired') => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts Kafka on random free ports and returns when it serves clients. With TEST_KAFKA_BOOTSTRAP
 * set, nothing is started and the handle is one onto that Kafka.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaHandle> {
  const own = ownKafka();
  if (own !== undefined) {
    const data = await own;
    return {
      ...data,
      ...kafkaFrom(data),
      brokers: [],
      mutualTlsBootstrap: '',
      clientAuthority: { certificatePem: '', keyPem: '' },
      issueClientCertificate: () =>
        Promise.reject(new HarnessError('Unset TEST_KAFKA_BOOTSTRAP to test client certificates.')),
      renewCertificates: () =>
        Promise.reject(new HarnessError('Unset TEST_KAFKA_BOOTSTRAP to renew certificates.')),
      stop: () => Promise.resolve(),
    };
  }
  await kafkaClassPath(options.version);
  const run = await openRun('kafka');
  try {
    return await withProgress('starting Kafka', () => start(run, options));
  } catch (error) {
    await run.stop();
    throw error;
  }
}

async function start(run: Run, options: KafkaOptions): Promise<KafkaHandle> {
  const { authority, request, settings } = await planBrokers(run, options);
  const clusterId = randomBytes(16).toString('base64url');
  const brokers = await Promise.all(settings.map((broker) => createBroker(run, broker, clusterId)));
  await Promise.all(brokers.map((broker) => broker.start()));
  const bootstrap = (portOf: (ports: BrokerPorts) => number, address = '127.0.0.1'): string =>
    settings.map(({ ports }) => `${address}:${portOf(ports)}`).join(',');
  const { podAddress } = options;
  const data: KafkaData = {
    bootstrap: bootstrap((ports) => ports.plaintext),
    saslBootstrap: bootstrap((ports) => ports.sasl),
    ...(podAddress !== undefined && {
      podSaslBootstrap: bootstrap((ports) => ports.podSasl, podAddress),
    }),
    caPem: authority.caPem,
    plainUser,
  };
  const admin = kafkaFrom(data);
  // A broker takes connections before the others know of it.
  const known = (): Promise<number> =>
    admin.withAdmin(async (client) => (await client.describeCluster()).brokers.length);
  await until('every broker in the cluster', known, {
    isWanted: (count) => count === brokers.length,
  });
  let renewals = 0;
  return {
    ...data,
    ...admin,
    brokers,
    renewCertificates: async (state) => {
      // A file of another name is loaded again.
      const path = join(run.folder, `keystore-${++renewals}.pem`);
      const { pem } = await writeKeyStore(path, authority, {
        ...request,
        ...(state === 'expired' && { days: -1 }),
      });
      const { fingerprint256 } = new X509Certificate(pem);
      for (const { nodeId } of brokers) await admin.useKeyStore(nodeId, path);
      for (const { ports } of settings) {
        const isShown = async (): Promise<boolean> =>
          (await shownCertificate(ports.sasl)) === fingerprint256;
        await until('the new certificate', isShown);
      }
    },
    mutualTlsBootstrap: bootstrap((ports) => ports.mutualTls, podAddress),
    clientAuthority: { certificatePem: authority.caPem, keyPem: authority.keyPem },
    issueClientCertificate: (name) => authority.issue({ name, addresses: [], hostNames: [name] }),
    stop: run.stop,
  };
}

const plainUser = { username: 'plain-user', password: 'plain-password' } as const;

async function planBrokers(
  run: Run,
  options: KafkaOptions,
): Promise<{
  authority: CertificateAuthority;
  request: CertificateRequest;
  settings: BrokerSettings[];
}> {
  const { brokers = 1, podAddress, reauthenticationMs = 0 } = options;
  const authority = await createCertificateAuthority(run.folder);
  const addresses = ['127.0.0.1', ...(podAddress === undefined ? [] : [podAddress])];
  const request = { name: 'kafka', addresses, hostNames: ['localhost'] };
  const path = join(run.folder, 'keystore.pem');
  const keyStore = { path, pem: (await writeKeyStore(path, authority, request)).pem };
  const ports = await choosePorts(brokers, options);
  const { version = DEFAULT_KAFKA_VERSION } = options;
  const clusters = usesZooKeeper(version) ? await inZooKeeper(run, version) : inRaft(ports);
  const settings = ports.map((brokerPorts, index) => ({
    ...advertisedPort(options, index),
    version,
    cluster: clusters(index),
    nodeId: index + 1,
    folder: join(run.folder, `broker-${index + 1}`),
    keyStore,
    trustStorePath: authority.caPath,
    ports: brokerPorts,
    ...(podAddress !== undefined && { podAddress }),
    replicationFactor: Math.min(3, brokers),
    plainUser,
    reauthenticationMs,
    ...(options.advertisedSaslHost !== undefined && {
      advertisedSaslHost: options.advertisedSaslHost,
    }),
    ...(options.ipv6Port !== undefined && { ipv6Port: options.ipv6Port }),
    ...(options.properties !== undefined && { properties: options.properties }),
    ...(options.tokenKeysUrl !== undefined && { tokenKeysUrl: options.tokenKeysUrl }),
  }));
  return { authority, request, settings };
}

/** How the broker of each index meets the others. */
type Clusters = (index: number) => ClusterSettings;

async function inZooKeeper(run: Run, version: KafkaVersion): Promise<Clusters> {
  const port = await startZooKeeper(run, version);
  return () => ({ kind: 'ZooKeeper', port });
}

function inRaft(ports: readonly BrokerPorts[]): Clusters {
  // Raft wants an odd number of voters: one of two would stop both.
  const voterCount = ports.length === 2 ? 1 : ports.length;
  const voters = ports
    .slice(0, voterCount)
    .map((port, index) => `${index + 1}@127.0.0.1:${port.controller}`);
  return (index) => ({ kind: 'KRaft', voters, isController: index < voterCount });
}

/** Issues a certificate and writes it as Kafka wants it. */
async function writeKeyStore(
  path: string,
  authority: CertificateAuthority,
  request: CertificateRequest,
): Promise<IssuedCertificate> {
  const issued = await authority.issue(request);
  await writeFile(path, issued.pem, { mode: 0o600 });
  return issued;
}

/** SHA-256 fingerprint of the certificate that is shown to whoever connects to a port of this machine. */
async function shownCertificate(port: number): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.fingerprint256;
  } finally {
    socket.destroy();
  }
}

function advertisedPort(
  options: KafkaOptions,
  index: number,
): Pick<BrokerSettings, 'advertisedSaslPort'> {
  const port = options.advertisedSaslPorts?.[index];
  return port === undefined ? {} : { advertisedSaslPort: port };
}

async function choosePorts(brokers: number, options: KafkaOptions): Promise<BrokerPorts[]> {
  const local = await freePorts(3 * brokers);
  const podSide = await freePorts(2 * brokers, options.podAddress);
  const take = (ports: number[]): number => {
    const port = ports.pop();
    if (port === undefined) throw new Error('There are as many ports as listeners.');
    return port;
  };
  return Array.from({ length: brokers }, (_, index) => ({
    plaintext: index === 0 && options.port !== undefined ? options.port : take(local),
    sasl: take(local),
    mutualTls: take(podSide),
    controller: take(local),
    podSasl: take(podSide),
  }));
}
