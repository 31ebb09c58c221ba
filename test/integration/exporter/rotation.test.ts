import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Credentials } from '../../../src/exporter/config/credential-store.ts';
import { type KafkaHandle, startKafka } from '../../harness/kafka/start-kafka.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../harness/tls/certificate-authority.ts';
import { until } from '../../lib/until.ts';
import { type KafkaConfig, PARTITIONS, startSending, TOPIC, untilMoreSent } from './sending.ts';

/**
 * Short, so that a test sees several logins end. Much longer than a change of a password takes, and the sends after it: between
 * this change and the new credentials no login may end.
 */
const LIFETIME_MS = 12_000;
const USER = 'rotating-user';

let kafka: KafkaHandle;
let folder: string;
let strangers: CertificateAuthority;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rotation-'));
  strangers = await createCertificateAuthority(folder);
  kafka = await startKafka({ brokers: 2, reauthenticationMs: LIFETIME_MS });
  await kafka.createTopic(TOPIC, PARTITIONS);
});
afterAll(async () => {
  await kafka.stop();
  await rm(folder, { recursive: true });
});

const TLS = { privateCa: true, clientCertificate: false, insecureSkipVerify: false };
const over = (mechanism: 'PLAIN' | 'SCRAM-SHA-512'): Partial<KafkaConfig> => ({
  endpoints: kafka.saslBootstrap.split(','),
  sasl: { mechanism },
  tls: TLS,
});
const overMutualTls = (): Partial<KafkaConfig> => ({
  endpoints: kafka.mutualTlsBootstrap.split(','),
  tls: { ...TLS, clientCertificate: true },
});

const mayWrite = (user: string): Promise<void> =>
  kafka.grant(user, { resource: 'topic', name: TOPIC, operations: ['describe', 'write'] });

async function scramUser(password: string): Promise<Partial<Credentials>> {
  await kafka.setScramUser(USER, password);
  await mayWrite(USER);
  return { saslUsername: USER, saslPassword: password, kafkaCa: kafka.caPem };
}

async function plainUser(suffix: '' | '-2'): Promise<Partial<Credentials>> {
  const { username, password } = kafka.plainUser;
  await mayWrite(`${username}${suffix}`);
  const login = { saslUsername: `${username}${suffix}`, saslPassword: `${password}${suffix}` };
  return { ...login, kafkaCa: kafka.caPem };
}

async function certificateOf(
  name: string,
  authority: Pick<CertificateAuthority, 'issue'> | KafkaHandle = kafka,
): Promise<Partial<Credentials>> {
  const { certificatePath, keyPath } =
    'issue' in authority
      ? await authority.issue({ name, addresses: [], hostNames: [name] })
      : await authority.issueClientCertificate(name);
  await mayWrite(`CN=${name}`);
  return {
    kafkaClientCertificate: await readFile(certificatePath, 'utf8'),
    kafkaClientKey: await readFile(keyPath, 'utf8'),
    kafkaCa: kafka.caPem,
  };
}

interface Rotation {
  readonly config: () => Partial<KafkaConfig>;
  readonly before: () => Promise<Partial<Credentials>>;
  readonly after: () => Promise<Partial<Credentials>>;
  /** Whose rights are taken away when the new credentials are in use. */
  readonly formerUser?: string;
}

const ROTATIONS: readonly (readonly [string, Rotation])[] = [
  [
    'the user and password of PLAIN',
    {
      config: () => over('PLAIN'),
      before: () => plainUser(''),
      after: () => plainUser('-2'),
      formerUser: 'plain-user',
    },
  ],
  [
    'the password of a SCRAM user',
    {
      config: () => over('SCRAM-SHA-512'),
      before: () => scramUser('first'),
      after: () => scramUser('second'),
    },
  ],
  [
    'the client certificate and its key',
    {
      config: overMutualTls,
      before: () => certificateOf('client-1'),
      after: () => certificateOf('client-2'),
      formerUser: 'CN=client-1',
    },
  ],
  [
    'the bundle of authorities',
    {
      config: () => over('SCRAM-SHA-512'),
      before: () => scramUser('first'),
      after: () => Promise.resolve({ kafkaCa: `${strangers.caPem}${kafka.caPem}` }),
    },
  ],
];

describe('no send fails', () => {
  test.each(ROTATIONS)(
    'while %s change, and every broker has authenticated the new ones',
    async (_, rotation) => {
      const sender = await startSending(rotation.config(), await rotation.before());
      await untilMoreSent(sender);
      // The session in use: a next one may be about to open, since logins end after some seconds.
      const used = sender.connection.connectedBrokers();
      expect(used).toHaveLength(2);
      const next = await rotation.after();
      // Every broker learns of new rights in its own time.
      await untilMoreSent(sender);
      sender.credentials.change({ revision: 2, ...next });
      await until('revision 2', () => sender.connection.revision() === 2);
      expect(sender.connection.connectedBrokers()).toEqual(used);
      // What was under way when the sessions changed is answered by now.
      await untilMoreSent(sender);
      if (rotation.formerUser !== undefined) await kafka.revokeAll(rotation.formerUser);
      await untilMoreSent(sender);
      expect(sender.failures).toEqual([]);
      expect(sender.health.isDelivering()).toBe(true);
    },
  );

  test('over several lifetimes of a login, and old sessions close', async () => {
    const sender = await startSending(over('SCRAM-SHA-512'), await scramUser('first'));
    await until('four sessions', () => sender.sessions.length >= 4);
    await untilMoreSent(sender);
    expect(sender.failures).toEqual([]);
    await until('the first session’s end', () => {
      const [first] = sender.sessions;
      return first?.connectedBrokers().length === 0;
    });
  });
});

describe('the connections in use go on, and the problem is told, while Kafka refuses', () => {
  test.each([
    [
      'a new password',
      'KafkaAuthenticationFailed',
      () => over('SCRAM-SHA-512'),
      () => scramUser('first'),
      () => Promise.resolve({ saslPassword: 'wrong' }),
    ],
    [
      'a new client certificate',
      'ClientCertificateRejected',
      overMutualTls,
      () => certificateOf('client-1'),
      () => certificateOf('client-1', strangers).then((other) => ({ ...other })),
    ],
    [
      'connections by a new bundle of authorities that lacks the brokers’ own',
      'BrokerCertificateRejected',
      overMutualTls,
      () => certificateOf('client-1'),
      () => Promise.resolve({ kafkaCa: strangers.caPem }),
    ],
  ] as const)('%s', async (_, reason, config, before, after) => {
    const good = await before();
    const sender = await startSending(config(), good);
    await untilMoreSent(sender);
    sender.credentials.change({ revision: 2, ...(await after()) });
    await until('a problem', () => sender.connection.renewalProblem() !== undefined);
    expect(sender.connection.renewalProblem()).toMatchObject({ reason });
    expect(sender.connection.revision()).toBe(1);
    expect(sender.health.isDelivering()).toBe(true);
    await untilMoreSent(sender);
    sender.credentials.change({ revision: 3, ...good });
    await until('revision 3', () => sender.connection.revision() === 3);
    expect(sender.connection.renewalProblem()).toBeUndefined();
    await untilMoreSent(sender);
    expect(sender.failures).toEqual([]);
  });
});

test('brokers that want a client certificate say so to an exporter without one', async () => {
  const { health } = await startSending(
    { endpoints: kafka.mutualTlsBootstrap.split(','), tls: TLS },
    { kafkaCa: kafka.caPem },
  );
  await until('a problem', () => health.problems().length > 0);
  expect(health.problems()).toMatchObject([
    {
      reason: 'ClientCertificateRejected',
      message: expect.stringContaining('spec.tls.clientCertificateSecretRef') as string,
    },
  ]);
});
