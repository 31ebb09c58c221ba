import { createClient } from '@clickhouse/client';
import { tableFromIPC } from 'apache-arrow';
import kafkajs from 'kafkajs';
import type { Producer } from 'kafkajs';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CONNECTION_TIMEOUT_MS } from '../harness/kafka/connection-timeout.ts';
import { kafkaFrom } from '../harness/kafka/kafka-admin.ts';

describe('the harness’s Kafka', () => {
  const data = inject('kafka');
  const admin = kafkaFrom(data);

  beforeAll(async () => {
    await admin.setScramUser('harness-user', 'right');
    await admin.createTopic('harness-allowed', 1);
    await admin.createTopic('harness-forbidden', 1);
    await admin.grant('harness-user', {
      resource: 'topic',
      name: 'harness-allowed',
      operations: ['write', 'describe'],
    });
  });

  it('takes a SCRAM-SHA-512 client over TLS and its records for a topic with an ACL', async () => {
    const sent = await withProducer('right', (producer) => send(producer, 'harness-allowed'));
    expect(sent).toMatchObject([{ topicName: 'harness-allowed', errorCode: 0 }]);
  });

  it('refuses a wrong password', async () => {
    await expect(withProducer('wrong', () => Promise.resolve())).rejects.toThrow(
      /Authentication failed/,
    );
  });

  it('refuses a topic without an ACL', async () => {
    await expect(
      withProducer('right', (producer) => send(producer, 'harness-forbidden')),
    ).rejects.toThrow(/[Nn]ot authorized/);
  });

  it('has the new password of a user at once', async () => {
    await admin.setScramUser('harness-rotated', 'first');
    await admin.setScramUser('harness-rotated', 'second');
    const rotated = (password: string): Promise<unknown> =>
      withProducer(password, () => Promise.resolve(), 'harness-rotated');
    await expect(rotated('first')).rejects.toThrow(/Authentication failed/);
    await rotated('second');
  });

  async function withProducer<T>(
    password: string,
    work: (producer: Producer) => Promise<T>,
    username = 'harness-user',
  ): Promise<T> {
    const kafka = new kafkajs.Kafka({
      brokers: data.saslBootstrap.split(','),
      ssl: { ca: data.caPem },
      sasl: { mechanism: 'scram-sha-512', username, password },
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      retry: { retries: 0 },
      logLevel: kafkajs.logLevel.NOTHING,
    });
    const producer = kafka.producer();
    try {
      await producer.connect();
      return await work(producer);
    } finally {
      await producer.disconnect();
    }
  }

  function send(producer: Producer, topic: string): ReturnType<Producer['send']> {
    return producer.send({ topic, messages: [{ value: 'a record' }] });
  }
});

describe('the harness’s ClickHouse', () => {
  const { url, username, password } = inject('clickhouse');
  const client = createClient({ url, username, password, log: { level: 127 } });

  beforeAll(async () => {
    await client.command({ query: 'CREATE DATABASE harness' });
    await client.command({
      query:
        'CREATE TABLE harness.`network.1m` (id UInt32, host String) ENGINE = MergeTree ORDER BY id',
    });
    const values = [
      { id: 1, host: 'é\t"' },
      { id: 2, host: 'b' },
    ];
    await client.insert({ table: 'harness.`network.1m`', values, format: 'JSONEachRow' });
  });
  afterAll(() => client.close());

  it('answers ArrowStream bytes that apache-arrow decodes', async () => {
    const { stream } = await client.exec({
      query:
        "SELECT number, toString(number) AS text FROM numbers(100000) FORMAT ArrowStream SETTINGS output_format_arrow_compression_method = 'none'",
    });
    const table = tableFromIPC(await buffer(stream));
    expect(table.numRows).toBe(100_000);
    expect(table.getChild('text')?.get(99_999)).toBe('99999');
  });

  it('substitutes parameters by their types, escapes included', async () => {
    const result = await client.query({
      query:
        'SELECT id FROM harness.`network.1m` WHERE host = {host:String} AND id IN {ids:Array(UInt32)}',
      query_params: { host: 'é\t"', ids: [1, 2] },
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([{ id: 1 }]);
  });

  it('keeps the settings of one statement from the next', async () => {
    const threads = async (settings: { max_threads?: number }): Promise<unknown> => {
      const query = "SELECT getSetting('max_threads') AS threads";
      const result = await client.query({
        query,
        clickhouse_settings: settings,
        format: 'JSONEachRow',
      });
      return result.json();
    };
    const before = await threads({});
    expect(await threads({ max_threads: 7 })).toEqual([{ threads: 7 }]);
    expect(await threads({})).toEqual(before);
  });

  it('refuses a wrong password with code 516', async () => {
    const stranger = createClient({ url, username, password: 'wrong', log: { level: 127 } });
    await expect(stranger.query({ query: 'SELECT 1' })).rejects.toMatchObject({
      code: '516',
      type: 'AUTHENTICATION_FAILED',
    });
    await stranger.close();
  });

  it('refuses an unknown table with status 404 and code 60', async () => {
    const response = await fetch(`${url}/?query=${encodeURIComponent('SELECT * FROM nowhere')}`, {
      headers: { 'X-ClickHouse-User': username, 'X-ClickHouse-Key': password },
    });
    expect(response.status).toBe(404);
    expect(response.headers.get('X-ClickHouse-Exception-Code')).toBe('60');
    expect(await response.text()).toMatch(/^Code: 60\. DB::Exception: /);
  });
});
