import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { type Ended, runProgram } from '../../lib/run-program.ts';

const kafka = inject('kafka');
const admin = kafkaFrom(kafka);
const USER = { username: `compare-${process.pid}`, password: 'reads="and" writes nothing' };
const PREFIX = `compare-${process.pid}.`;
const LEFT = `${PREFIX}old`;
const RIGHT = `${PREFIX}new`;
const START_MS = Date.parse('2026-01-31T00:00:00Z');
/** The messages have old timestamps. */
const KEPT = { 'retention.ms': '-1' };
/** More than a mebibyte, so that `--memory 1` needs several passes. */
const RECORDS = 4_000;

let folder: string;
let config: string;

/** A record as an exporter writes it: a 64-bit id that a double would round, and some hundred bytes. */
function recordOf(id: number, changes: object = {}): string {
  const fields = {
    time: START_MS / 1_000 + id,
    request_resource: `/api/${id}`,
    pad: 'x'.repeat(500),
  };
  return `{"_id":${7_630_000_000_000_000_000n + BigInt(id)},${JSON.stringify({ ...fields, ...changes }).slice(1)}`;
}

const messageOf = (id: number, value = recordOf(id)) => ({
  value,
  timestamp: String(START_MS + id * 1_000),
});

/** What the old exporter does: it loses each 100th record, repeats each 250th, and writes each 400th without a field. */
function oldMessages(ids: readonly number[]) {
  return ids
    .filter((id) => id % 100 !== 1)
    .flatMap((id) => {
      const changes = id % 400 === 2 ? { request_resource: undefined } : {};
      const message = messageOf(id, recordOf(id, changes));
      return id % 250 === 3 ? [message, message] : [message];
    });
}

const IDS = Array.from({ length: RECORDS }, (_, id) => id);

/** Brokers take about a mebibyte at once. */
function batchesOf<T>(messages: readonly T[]): T[][] {
  const count = Math.ceil(messages.length / 500);
  return Array.from({ length: count }, (_, at) => messages.slice(at * 500, at * 500 + 500));
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'compare-'));
  config = path.join(folder, 'client.properties');
  const ca = path.join(folder, 'ca.pem');
  await writeFile(ca, kafka.caPem);
  await writeFile(
    config,
    [
      `bootstrap.servers=${kafka.saslBootstrap}`,
      'security.protocol=SASL_SSL',
      'sasl.mechanism=SCRAM-SHA-512',
      `sasl.username=${USER.username}`,
      `sasl.password=${USER.password}`,
      `ssl.ca.location=${ca}`,
    ].join('\n'),
  );
  await admin.createTopic(LEFT, 3, KEPT);
  await admin.createTopic(RIGHT, 2, KEPT);
  await admin.setScramUser(USER.username, USER.password);
  const operations = ['describe', 'read'] as const;
  await admin.grant(USER.username, {
    resource: 'topic',
    pattern: 'prefixed',
    name: PREFIX,
    operations,
  });
  const client = new kafkajs.Kafka({
    brokers: kafka.bootstrap.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const plain = client.producer();
  const exact = client.producer({
    transactionalId: `${PREFIX}id`,
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await Promise.all([plain.connect(), exact.connect()]);
  for (const messages of batchesOf(oldMessages(IDS))) await plain.send({ topic: LEFT, messages });
  const aborted = await exact.transaction();
  await aborted.send({ topic: RIGHT, messages: IDS.slice(0, 50).map((id) => messageOf(id)) });
  await aborted.abort();
  const committed = await exact.transaction();
  // Each 500th record is missing, and the order is another.
  const messages = IDS.filter((id) => id % 500 !== 4).map((id) => messageOf(id));
  for (const each of batchesOf(messages.toReversed())) {
    await committed.send({ topic: RIGHT, messages: each });
  }
  await committed.commit();
  await Promise.all([plain.disconnect(), exact.disconnect()]);
});
afterAll(() => rm(folder, { recursive: true }));

function compare(...args: readonly string[]): Promise<Ended> {
  const topics = ['--left', LEFT, '--right', RIGHT, '--config', config];
  return runProgram('main.ts', ['compare', ...topics, ...args]);
}

const reportSchema = z.looseObject({ passes: z.int() });

const COUNTS = {
  same: false,
  equal: RECORDS - 40 - 8 - 10,
  differing: 10,
  ambiguousKeys: 0,
  left: { topic: LEFT, records: RECORDS - 40 + 16, only: 8, repeated: 16, notJson: 0 },
  right: { topic: RIGHT, records: RECORDS - 8, only: 40, repeated: 0, notJson: 0 },
  fields: [{ field: 'request_resource', count: 10, values: 0, onlyLeft: 0, onlyRight: 10 }],
};

describe('two topics of a shadow run', () => {
  test('are matched by content: what is missing, repeated and different is counted', async () => {
    const { code, stderr, stdout } = await compare('-o', 'json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ ...COUNTS, passes: 1 });
  });

  test('have the same report when memory is short, after several passes', async () => {
    const whole = reportSchema.parse(JSON.parse((await compare('-o', 'json')).stdout));
    const { code, stdout } = await compare('-o', 'json', '--memory', '1');
    const parts = reportSchema.parse(JSON.parse(stdout));
    expect(code).toBe(1);
    expect(parts.passes).toBeGreaterThan(1);
    expect({ ...parts, passes: 1 }).toEqual(whole);
  });

  test('have a report in Markdown', async () => {
    const { stdout } = await compare('-o', 'markdown', '--key', '_id');
    expect(stdout).toContain(`| equal | ${COUNTS.equal} | ${COUNTS.equal} |`);
    expect(stdout).toMatch(
      /^\| request\\_resource \| 10 \| 0 \| 0 \| 10 \| \(absent\) \| "\/api\/\d*2" \| \\_id=\d+2 \|$/m,
    );
  });

  test('are compared in a time range, with partners at its edges', async () => {
    const range = ['--from', '2026-01-31T00:00:10Z', '--to', '2026-01-31T00:01:40Z'];
    const { code, stdout } = await compare('-o', 'json', ...range, '--margin', '5');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      same: true,
      equal: 90,
      left: { records: 90 },
      right: { records: 90 },
    });
  });

  test('are the same as themselves: the exit code is 0', async () => {
    const { code, stdout } = await compare('--left', RIGHT);
    expect(stdout).toContain('Both topics have the same records.');
    expect(code).toBe(0);
  });

  test('leave no consumer group behind', async () => {
    const { groups } = await admin.withAdmin((client) => client.listGroups());
    expect(groups.filter(({ groupId }) => groupId.includes('compare'))).toEqual([]);
  });
});

describe('what cannot be compared ends with 2 and says what to do', () => {
  test.each([
    [['--left', `${PREFIX}none`], `topic ${PREFIX}none: it does not exist`],
    [['--left', 'elsewhere'], 'topic elsewhere: '],
    [
      ['--brokers', '127.0.0.1:1'],
      'no Kafka broker can be reached from this machine at 127.0.0.1:1',
    ],
    [['--brokers', kafka.bootstrap], 'does not seem to speak TLS'],
    [['--memory', '0'], '--memory: must be a whole number of 1 to 65536'],
    [['--from', 'today'], '--from: must be an RFC 3339 time'],
    [['--from', '2026-01-02T00:00:00Z', '--to', '2026-01-01T00:00:00Z'], '--to: must be later'],
  ])('%j', async (args, message) => {
    const { code, stderr, stdout } = await compare(...args);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain(USER.password);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('a wrong password', async () => {
    const wrong = path.join(folder, 'wrong.properties');
    await writeFile(
      wrong,
      [
        `bootstrap.servers=${kafka.saslBootstrap}`,
        'security.protocol=SASL_SSL',
        'sasl.mechanism=SCRAM-SHA-512',
        `sasl.username=${USER.username}`,
        'sasl.password=wrong-word',
        `ssl.ca.location=${path.join(folder, 'ca.pem')}`,
      ].join('\n'),
    );
    const { code, stderr } = await compare('--right-config', wrong);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `topic ${RIGHT}: the brokers at ${kafka.saslBootstrap} refused the user name or password`,
    );
    expect(stderr).not.toContain('wrong-word');
  });
});
