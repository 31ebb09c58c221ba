import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readClientProperties } from '../../../src/cli/compare/client-properties.ts';
import { CREDENTIAL_FILES } from '../../../src/exporter/contract/credential-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'client-properties-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(lines: readonly string[], brokers?: readonly string[]) {
  const file = path.join(folder, 'client.properties');
  const ca = path.join(folder, 'ca.pem');
  await writeFile(ca, 'the CA');
  await writeFile(file, lines.join('\n').replaceAll('$CA', ca));
  return readClientProperties(file, brokers);
}

const SASL_SSL = ['bootstrap.servers=a:9093, [::1]:9093', 'security.protocol=SASL_SSL'];
const LOGIN = {
  kafka: {
    endpoints: ['a:9093', '[::1]:9093'],
    sasl: { mechanism: 'SCRAM-SHA-512' },
    tls: { privateCa: true, clientCertificate: false, insecureSkipVerify: false },
  },
  files: new Map([
    [CREDENTIAL_FILES.kafkaCa, 'the CA'],
    [CREDENTIAL_FILES.saslUsername, 'anna'],
    [CREDENTIAL_FILES.saslPassword, 'a"b=c'],
  ]),
};

describe('a properties file', () => {
  test.each([
    [
      'of librdkafka',
      [
        '# a comment',
        'sasl.mechanisms = SCRAM-SHA-512',
        'sasl.username=anna',
        'sasl.password=a"b=c',
        'ssl.ca.location=$CA',
        'group.id=ignored',
      ],
    ],
    [
      'of a Java client',
      [
        'sasl.mechanism=SCRAM-SHA-512',
        'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\',
        '  username="anna" password="a\\"b=c";',
        'ssl.truststore.type=PEM',
        'ssl.truststore.location=$CA',
      ],
    ],
  ])('%s says how to log in', async (_, lines) => {
    expect(await read([...SASL_SSL, ...lines])).toEqual(LOGIN);
  });

  test('may name a client certificate, and the certificates themselves', async () => {
    const pem = '-----BEGIN CERTIFICATE-----\\nMII\\n-----END CERTIFICATE-----';
    const { files, kafka } = await read([
      'bootstrap.servers: a:9093',
      'security.protocol: ssl',
      `ssl.ca.pem=${pem}`,
      'ssl.certificate.location=$CA',
      'ssl.key.location=$CA',
      'enable.ssl.certificate.verification=false',
    ]);
    expect(kafka).toEqual({
      endpoints: ['a:9093'],
      tls: { privateCa: true, clientCertificate: true, insecureSkipVerify: true },
    });
    expect(files.get(CREDENTIAL_FILES.kafkaCa)).toBe(pem.replaceAll('\\n', '\n'));
    expect(files.get(CREDENTIAL_FILES.kafkaClientKey)).toBe('the CA');
  });

  test.each([
    [
      'of librdkafka',
      [
        'sasl.mechanisms=OAUTHBEARER',
        'sasl.oauthbearer.method=OIDC',
        'sasl.oauthbearer.client.id=anna',
        'sasl.oauthbearer.client.secret=a"b',
        'sasl.oauthbearer.scope=a b',
      ],
    ],
    [
      'of a Java client',
      [
        'sasl.mechanism=OAUTHBEARER',
        'sasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler',
        'sasl.jaas.config=OAuthBearerLoginModule required clientId="anna" clientSecret="a\\"b" scope="a b";',
      ],
    ],
    [
      'of a Java client since Kafka 4.1',
      [
        'sasl.mechanism=OAUTHBEARER',
        'sasl.oauthbearer.client.credentials.client.id=anna',
        'sasl.oauthbearer.client.credentials.client.secret=a"b',
        'sasl.oauthbearer.scope=a b',
      ],
    ],
  ])('%s says where tokens come from', async (_, lines) => {
    const url = 'sasl.oauthbearer.token.endpoint.url=https://login.example.com/token';
    const { files, kafka } = await read([...SASL_SSL, url, ...lines]);
    expect(kafka.sasl).toEqual({
      mechanism: 'OAUTHBEARER',
      oauthBearer: {
        tokenEndpoint: 'https://login.example.com/token',
        privateCa: false,
        scope: 'a b',
      },
    });
    expect(files.get(CREDENTIAL_FILES.oauthClientId)).toBe('anna');
    expect(files.get(CREDENTIAL_FILES.oauthClientSecret)).toBe('a"b');
  });

  test('gives way to --brokers, and is not needed for a Kafka without a login', async () => {
    expect((await read(SASL_SSL.slice(0, 1), ['b:9092'])).kafka).toEqual({ endpoints: ['b:9092'] });
    const { kafka } = await readClientProperties(undefined, ['b:9092']);
    expect(kafka).toEqual({ endpoints: ['b:9092'] });
  });
});

describe('is refused', () => {
  test.each([
    [['security.protocol=SSL'], 'bootstrap.servers is missing: add it, or name the brokers'],
    [['bootstrap.servers=a'], 'broker a: must be host:port'],
    [
      ['bootstrap.servers=a:1', 'security.protocol=TLS'],
      'security.protocol must be one of PLAINTEXT, SSL',
    ],
    [[...SASL_SSL, 'sasl.mechanism=GSSAPI'], 'sasl.mechanism must be one of PLAIN, SCRAM-SHA-256'],
    [
      [...SASL_SSL, 'sasl.mechanism=PLAIN', 'sasl.username=anna'],
      'sasl.username and sasl.password must be there',
    ],
    [
      [...SASL_SSL, 'sasl.mechanism=OAUTHBEARER', 'sasl.oauthbearer.token.endpoint.url=ftp://a'],
      'sasl.oauthbearer.token.endpoint.url must be an http or https URL',
    ],
    [
      [...SASL_SSL, 'sasl.mechanism=OAUTHBEARER', 'sasl.oauthbearer.token.endpoint.url=http://a/b'],
      'sasl.oauthbearer.client.id and sasl.oauthbearer.client.secret must be there',
    ],
    [
      [
        ...SASL_SSL,
        'sasl.mechanism=OAUTHBEARER',
        'sasl.login.callback.handler.class=com.acme.Mine',
      ],
      'sasl.login.callback.handler.class=com.acme.Mine is not supported',
    ],
    [
      [...SASL_SSL, 'ssl.truststore.location=$CA'],
      'a trust store must have ssl.truststore.type=PEM',
    ],
    [[...SASL_SSL, 'ssl.ca.location=/nowhere'], '/nowhere cannot be read'],
    [[...SASL_SSL, 'ssl.key.location=$CA'], 'a client certificate needs both'],
    [[...SASL_SSL, 'ssl.cipher.suites=x'], 'ssl.cipher.suites is not supported; these are'],
  ])('%j', async (lines, message) => {
    await expect(read(lines)).rejects.toThrow(message);
  });

  test('without ever saying a password', async () => {
    const secret = ['sasl.password=secret', 'sasl.mechanism=GSSAPI'];
    await expect(read([...SASL_SSL, ...secret])).rejects.toThrow(/^(?!.*secret)/s);
  });

  test('where neither a file nor --brokers names the brokers', async () => {
    await expect(readClientProperties(undefined, undefined)).rejects.toThrow('with --brokers');
  });
});
