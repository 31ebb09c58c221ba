import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Credentials } from '../../../src/exporter/config/credential-store.ts';
import type { ProblemReason } from '../../../src/exporter/contract/status-report.ts';
import { type KafkaHandle, startKafka } from '../../harness/kafka/start-kafka.ts';
import {
  startTokenEndpoint,
  type TokenEndpoint,
  type TokenEndpointBehaviour,
} from '../../harness/oauth/token-endpoint.ts';
import { createCertificateAuthority } from '../../harness/tls/certificate-authority.ts';
import { runProgram } from '../../lib/run-program.ts';
import { until } from '../../lib/until.ts';
import { type KafkaConfig, PARTITIONS, startSending, TOPIC, untilMoreSent } from './sending.ts';

const CLIENT = { id: 'exporter-client', secret: 's:e/c%r et+é' };
const HOUR_MS = 3_600_000;
/** Short, so that a test sees several sessions; long enough that a busy machine opens the next one before the last one ends. */
const LIFETIME_SECONDS = 12;

let kafka: KafkaHandle;
let endpoint: TokenEndpoint;

beforeAll(async () => {
  endpoint = await startTokenEndpoint(CLIENT);
  // With a limit of its own, the broker also holds clients to the lifetime of their tokens.
  kafka = await startKafka({ tokenKeysUrl: endpoint.keysUrl, reauthenticationMs: HOUR_MS });
  await kafka.createTopic(TOPIC, PARTITIONS);
  await kafka.grant(CLIENT.id, {
    resource: 'topic',
    name: TOPIC,
    operations: ['describe', 'read', 'write'],
  });
});
afterAll(async () => {
  await kafka.stop();
  await endpoint.stop();
});
const RIGHT: TokenEndpointBehaviour = {
  client: CLIENT,
  login: 'Basic',
  lifetimeSeconds: 3_600,
  claims: {},
  odd: undefined,
  forges: false,
};
beforeEach(() => Object.assign(endpoint.behaviour, RIGHT));

const credentials = (): Partial<Credentials> => ({
  oauthClientId: CLIENT.id,
  oauthClientSecret: CLIENT.secret,
  kafkaCa: kafka.caPem,
});

type OAuthBearer = NonNullable<NonNullable<KafkaConfig['sasl']>['oauthBearer']>;

const config = (change: Partial<OAuthBearer> = {}): Partial<KafkaConfig> => ({
  endpoints: kafka.saslBootstrap.split(','),
  sasl: {
    mechanism: 'OAUTHBEARER',
    oauthBearer: { tokenEndpoint: endpoint.url, privateCa: false, ...change },
  },
  tls: { privateCa: true, clientCertificate: false, insecureSkipVerify: false },
});

describe('no send fails', () => {
  test('over several lifetimes of a token, of which each session takes one', async () => {
    endpoint.behaviour.lifetimeSeconds = LIFETIME_SECONDS;
    const before = endpoint.forms.length;
    const sender = await startSending(config(), credentials());
    await until('five sessions', () => sender.sessions.length >= 5);
    await untilMoreSent(sender);
    expect(sender.failures).toEqual([]);
    // A token may just have been taken whose session is not open yet.
    const isOneForEach = (): boolean => endpoint.forms.length - before === sender.sessions.length;
    await until('one token for each session', isOneForEach);
  });

  test('while the client secret changes', async () => {
    const sender = await startSending(config(), credentials());
    await untilMoreSent(sender);
    endpoint.behaviour.client = { ...CLIENT, secret: 'second' };
    sender.credentials.change({ revision: 2, oauthClientSecret: 'second' });
    await until('revision 2', () => sender.connection.revision() === 2);
    await untilMoreSent(sender);
    expect(sender.failures).toEqual([]);
  });

  test('while the token endpoint is broken, as long as the last token lives', async () => {
    endpoint.behaviour.lifetimeSeconds = 2.5 * LIFETIME_SECONDS;
    const sender = await startSending(config(), credentials());
    await untilMoreSent(sender);
    endpoint.behaviour.odd = { status: 503, body: 'down' };
    await until('a problem', () => sender.connection.renewalProblem() !== undefined);
    expect(sender.connection.renewalProblem()).toMatchObject({
      reason: 'TokenEndpointUnreachable',
      message: expect.stringContaining('HTTP status 503') as string,
    });
    expect(sender.health.isDelivering()).toBe(true);
    endpoint.behaviour.odd = undefined;
    await until('an end', () => sender.connection.renewalProblem() === undefined);
    await untilMoreSent(sender);
    expect(sender.failures).toEqual([]);
  });
});

test.each<[string, (url: string) => readonly string[]]>([
  [
    'librdkafka',
    (url) => [
      'sasl.mechanisms=OAUTHBEARER',
      'sasl.oauthbearer.method=oidc',
      `sasl.oauthbearer.client.id=${CLIENT.id}`,
      `sasl.oauthbearer.client.secret=${CLIENT.secret}`,
      `sasl.oauthbearer.token.endpoint.url=${url}`,
    ],
  ],
  [
    'a Java client',
    (url) => [
      'sasl.mechanism=OAUTHBEARER',
      'sasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler',
      `sasl.oauthbearer.token.endpoint.url=${url}`,
      'sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required \\',
      `  clientId="${CLIENT.id}" clientSecret="${CLIENT.secret}";`,
    ],
  ],
])('compare logs in by the settings of %s', async (_client, lines) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'oauth-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [ca, file] = ['ca.pem', 'client.properties'].map((name) => path.join(folder, name));
  if (ca === undefined || file === undefined) throw new Error('two paths');
  await writeFile(ca, kafka.caPem);
  const where = [
    `bootstrap.servers=${kafka.saslBootstrap}`,
    'security.protocol=SASL_SSL',
    `ssl.ca.location=${ca}`,
  ];
  await writeFile(file, [...where, ...lines(endpoint.url)].join('\n'));
  const topics = ['--left', TOPIC, '--right', TOPIC, '--config', file];
  const { code, stderr } = await runProgram('main.ts', ['compare', ...topics]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
});

test('scope and audience are asked for', async () => {
  const sender = await startSending(config({ scope: 'a b', audience: 'kafka' }), credentials());
  await untilMoreSent(sender);
  expect(endpoint.forms.at(-1)).toEqual({
    grant_type: 'client_credentials',
    scope: 'a b',
    audience: 'kafka',
  });
});

test('id and secret are sent in the form to an endpoint that accepts nothing else', async () => {
  endpoint.behaviour.login = 'Form';
  const sender = await startSending(config({ clientAuthentication: 'Form' }), credentials());
  await untilMoreSent(sender);
  expect(endpoint.forms.at(-1)).toEqual({
    grant_type: 'client_credentials',
    client_id: CLIENT.id,
    client_secret: CLIENT.secret,
  });
});

test('extensions are sent with the token, and brokers accept them', async () => {
  const extensions = { logicalCluster: 'lkc-1', identityPoolId: 'pool-1' };
  const sender = await startSending(config({ extensions }), credentials());
  await untilMoreSent(sender);
  expect(sender.failures).toEqual([]);
});

test('brokers look at extensions: they refuse a name that has not only letters', async () => {
  const sender = await startSending(config({ extensions: { 'not-a-name': 'x' } }), credentials());
  await until('a problem', () => sender.health.problems().length > 0);
  expect(sender.health.problems()).toMatchObject([{ reason: 'KafkaAuthenticationFailed' }]);
});

const ODD: readonly (readonly [string, Partial<TokenEndpointBehaviour>, ProblemReason, string])[] =
  [
    [
      'an endpoint that wants the secret in the form',
      { login: 'Form' },
      'TokenRefused',
      'clientAuthentication',
    ],
    ['a wrong secret', { client: { ...CLIENT, secret: '0dd' } }, 'TokenRefused', 'invalid_client'],
    [
      'an answer that takes too long',
      { odd: { delayMs: 20_000 } },
      'TokenEndpointUnreachable',
      'no answer within 8 s',
    ],
    [
      'an error of the endpoint',
      { odd: { status: 500, body: 'oops' } },
      'TokenEndpointUnreachable',
      'HTTP status 500',
    ],
    [
      'an answer that is no token',
      { odd: { body: '<html>' } },
      'TokenEndpointUnreachable',
      'contains no bearer token',
    ],
    [
      'a token that would break the login’s message',
      { odd: { body: JSON.stringify({ access_token: 'a\u0001b', token_type: 'Bearer' }) } },
      'TokenEndpointUnreachable',
      'contains no bearer token',
    ],
    [
      'an answer without end',
      { odd: { body: 'x'.repeat(1_000_000) } },
      'TokenEndpointUnreachable',
      'the answer is too long',
    ],
    [
      'a redirection, which the secret does not follow',
      { odd: { status: 307, headers: { Location: 'http://127.0.0.1:1/' } } },
      'TokenEndpointUnreachable',
      'HTTP status 307',
    ],
    [
      'a token for another audience',
      { claims: { aud: 'elsewhere' } },
      'KafkaAuthenticationFailed',
      'refused the token',
    ],
    [
      'a token that nobody known has signed',
      { forges: true },
      'KafkaAuthenticationFailed',
      'refused the token',
    ],
  ];

describe('the problem has a remedy and no secret, and is over once it is put right, with', () => {
  test.each(ODD)('%s', async (_, behaviour, reason, words) => {
    Object.assign(endpoint.behaviour, behaviour);
    const sender = await startSending(config(), credentials());
    await until('a problem', () => sender.health.problems().length > 0);
    const [problem] = sender.health.problems();
    expect(problem).toMatchObject({ reason, message: expect.stringContaining(words) as string });
    expect(problem?.message).toContain('spec.sasl.oauthBearer');
    expect(problem?.message).not.toContain(CLIENT.secret);
    expect(problem?.message).not.toMatch(/Basic [\w+/=]/);
    Object.assign(endpoint.behaviour, RIGHT);
    await untilMoreSent(sender);
    expect(sender.health.isDelivering()).toBe(true);
  });

  test('an endpoint whose certificate an own authority has signed', async ({ onTestFinished }) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'oauth-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const authority = await createCertificateAuthority(folder);
    const names = { name: 'endpoint', addresses: ['127.0.0.1'], hostNames: [] };
    const { certificatePath, keyPath } = await authority.issue(names);
    const over = await startTokenEndpoint(CLIENT, {
      key: await readFile(keyPath, 'utf8'),
      cert: await readFile(certificatePath, 'utf8'),
    });
    onTestFinished(() => over.stop());
    const sender = await startSending(config({ tokenEndpoint: over.url, privateCa: true }), {
      ...credentials(),
      oauthCa: kafka.caPem,
    });
    await until('a problem', () => sender.health.problems().length > 0);
    expect(sender.health.problems()).toMatchObject([
      {
        reason: 'TokenEndpointUnreachable',
        message: expect.stringMatching(/caSecretRef .*UNABLE_TO_VERIFY/) as string,
      },
    ]);
    // Its tokens are signed by a key that the broker does not know, but they are had.
    sender.credentials.change({ revision: 2, oauthCa: authority.caPem });
    await until('a token', () => over.forms.length > 0);
    await until('the broker’s answer', () =>
      sender.health.problems().some(({ reason }) => reason === 'KafkaAuthenticationFailed'),
    );
  });
});
