import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KafkaHandle, startKafka } from '../../harness/kafka/start-kafka.ts';
import { kubernetesFrom } from '../../harness/kubernetes/kubernetes-access.ts';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../harness/kubernetes/start-kubernetes.ts';
import { until } from '../../lib/until.ts';
import { PARTITIONS, startSending, TOPIC, untilMoreSent } from './sending.ts';

const ACCOUNT = 'l7-exporter';
/** What Kafka takes from the claim `sub`. */
const PRINCIPAL = `system:serviceaccount:default:${ACCOUNT}`;
const AUDIENCE = 'kafka';

let kubernetes: KubernetesHandle;
let keys: Server;
let kafka: KafkaHandle;
let folder: string;
let tokenFile: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'token-'));
  tokenFile = path.join(folder, 'token');
  kubernetes = await startKubernetes({});
  const { kubectl } = kubernetesFrom(kubernetes);
  await kubectl(['create', 'serviceaccount', ACCOUNT]);
  // Brokers outside of the cluster need a way to its public keys that wants no login.
  const jwks = await kubectl(['get', '--raw', '/openid/v1/jwks']);
  keys = createServer((_request, response) => response.end(jwks));
  keys.listen(0, '127.0.0.1');
  await once(keys, 'listening');
  const { port } = keys.address() as AddressInfo;
  kafka = await startKafka({
    tokenKeysUrl: `http://127.0.0.1:${port}/openid/v1/jwks`,
    reauthenticationMs: 12_000,
  });
  await kafka.createTopic(TOPIC, PARTITIONS);
  await kafka.grant(PRINCIPAL, {
    resource: 'topic',
    name: TOPIC,
    operations: ['describe', 'write'],
  });
});
afterAll(async () => {
  await kafka.stop();
  keys.close();
  await kubernetes.stop();
  await rm(folder, { recursive: true });
});

/** Writes a token of the account, as the kubelet does. */
async function writeToken(audience: string): Promise<void> {
  const { kubectl } = kubernetesFrom(kubernetes);
  await writeFile(tokenFile, await kubectl(['create', 'token', ACCOUNT, '--audience', audience]));
}

test('a pod logs in to Kafka with the token of its ServiceAccount, which is read again for each login', async () => {
  await writeToken('elsewhere');
  const sender = await startSending(
    {
      endpoints: kafka.saslBootstrap.split(','),
      sasl: { mechanism: 'OAUTHBEARER', oauthBearer: { tokenFile } },
      tls: { privateCa: true, clientCertificate: false, insecureSkipVerify: false },
    },
    { kafkaCa: kafka.caPem },
  );
  await until('a problem', () => sender.health.problems().length > 0);
  const [problem] = sender.health.problems();
  expect(problem?.reason).toBe('KafkaAuthenticationFailed');
  expect(problem?.message).toContain(
    'refused the service-account token of the pod: set spec.sasl.oauthBearer.serviceAccountToken.audience',
  );

  await writeToken(AUDIENCE);
  await untilMoreSent(sender);
  expect(sender.health.problems()).toEqual([]);

  // The broker ends sessions after twelve seconds: the next ones read the file, and say so when it is gone.
  await rm(tokenFile);
  await until('a renewal problem', () => sender.connection.renewalProblem() !== undefined);
  expect(sender.connection.renewalProblem()?.message).toContain('cannot be read');
  await writeToken(AUDIENCE);
  await until('an end', () => sender.connection.renewalProblem() === undefined);
  await untilMoreSent(sender);
});
