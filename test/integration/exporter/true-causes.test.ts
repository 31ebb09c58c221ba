import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import type { Problem, ProblemReason } from '../../../src/exporter/contract/status-report.ts';
import { startProxy } from '../../faults/proxy.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import {
  type KafkaHandle,
  type KafkaOptions,
  startKafka,
} from '../../harness/kafka/start-kafka.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { configFor, type RunningExporter } from './exporter-under-test.ts';
import { newPlace, recentRows, startIn, startTables } from './parts.ts';

const ROWS = 200;
/** Connections are cut this long after another one began. */
const HANDSHAKE_MS = 300;
const HANDSHAKES = 20;
/** On a busy machine it takes longer until the problem shows. */
const HANDSHAKES_MAX = 300;
const shared = inject('kafka');
const plain = { sasl: { mechanism: 'PLAIN' } } as const;
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startTables();
  await insertRows(clickHouse, recentRows({ seed: 31, rows: ROWS }));
});
afterAll(() => clickHouse.stop());

async function kafkaWith(options: KafkaOptions): Promise<KafkaHandle> {
  const kafka = await startKafka(options);
  onTestFinished(() => kafka.stop());
  return kafka;
}

/** What the exporter says first, once it says something. */
async function firstProblem(running: RunningExporter, reason: ProblemReason): Promise<Problem> {
  const { problems } = await running.until((status) => status.problems[0]?.reason === reason);
  const [first] = problems;
  if (first === undefined) throw new Error('there was a problem');
  return first;
}

test('an advertised name that no DNS has is told as what it is', async () => {
  const kafka = await kafkaWith({ advertisedSaslHost: 'kafka-1.no-such-zone.invalid' });
  const parts = { kafka, clickHouse };
  const place = await newPlace(onTestFinished, parts, { partitions: 2, users: 'plain user' });
  const running = await startIn(onTestFinished, place, configFor(place, parts, { kafka: plain }));
  const { message } = await firstProblem(running, 'BrokerUnreachable');
  expect(message).toContain('tells its clients to connect to kafka-1.no-such-zone.invalid:');
  expect(message).toContain('advertised.listeners');
  expect(message).toMatch(/ENOTFOUND|EAI_AGAIN/);
});

test('topics with fewer replicas than they want are told as what they are', async () => {
  const kafka = await kafkaWith({
    // Later versions want no more replicas in sync than there are.
    version: '2.8.2',
    properties: { 'min.insync.replicas': 2 },
  });
  const parts = { kafka, clickHouse };
  const place = await newPlace(onTestFinished, parts, { partitions: 2, users: 'plain user' });
  const running = await startIn(onTestFinished, place, configFor(place, parts, { kafka: plain }));
  const { problems } = await running.until((status) => status.problems.length > 0);
  const said = problems.map(({ message }) => message).join('\n');
  expect(said).toContain('min.insync.replicas');
  expect(said).not.toContain('no Kafka broker could be reached');
});

test('TLS to a port without TLS is told as what it is', async () => {
  const parts = { kafka: shared, clickHouse };
  const place = await newPlace(onTestFinished, parts, { partitions: 2 });
  const endpoints = shared.bootstrap.split(',');
  const config = configFor(place, parts, { kafka: { endpoints } });
  const running = await startIn(onTestFinished, place, config);
  const { message } = await firstProblem(running, 'BrokerWithoutTls');
  expect(message).toContain(`the port at ${endpoints[0] ?? ''} does not seem to speak TLS`);
});

test('a broker that breaks off TLS handshakes, and has spoken TLS before, is told as not reachable', async () => {
  const [listen = 0] = await freePorts(1);
  const kafka = await kafkaWith({ advertisedSaslPorts: [listen] });
  const target = Number(kafka.saslBootstrap.split(':')[1]);
  const proxy = await startProxy({ listen, target });
  onTestFinished(() => proxy.close());
  const parts = { kafka, clickHouse };
  const place = await newPlace(onTestFinished, parts, { partitions: 2, users: 'plain user' });
  const endpoints = [`127.0.0.1:${listen}`];
  const config = configFor(place, parts, { kafka: { ...plain, endpoints } });
  const running = await startIn(onTestFinished, place, config);
  await running.until(({ recordsExported }) => recordsExported >= ROWS);
  proxy.setMode({ kind: 'no answers' });
  const reasons = new Set<string>();
  const isShown = (): boolean => reasons.has('BrokerUnreachable');
  for (let i = 0; i < HANDSHAKES || (!isShown() && i < HANDSHAKES_MAX); i++) {
    proxy.reset();
    await sleep(HANDSHAKE_MS);
    for (const { reason } of (await running.status()).problems) reasons.add(reason);
  }
  // An exporter that stops wants to end its transactions.
  proxy.setMode({ kind: 'pass' });
  proxy.reset();
  expect([...reasons]).toContain('BrokerUnreachable');
  expect([...reasons]).not.toContain('BrokerWithoutTls');
});
