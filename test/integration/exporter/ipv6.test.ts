import { connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { allOf } from '../../harness/environment/all-of.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { startKafka } from '../../harness/kafka/start-kafka.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { configFor } from './exporter-under-test.ts';
import { compareWithTable, eachOnce, newPlace, recentRows, startIn, startTables } from './parts.ts';

const ROWS = 200;

/** Lets a port of 127.0.0.1 also be reached at ::1. */
async function forwardIpv6(from: number, to: number): Promise<void> {
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      socket.on('error', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen({ port: from, host: '::1' }, resolve);
  });
  onTestFinished(() => {
    server.close();
  });
}

test('Kafka and ClickHouse are reached at IPv6 addresses in brackets', async () => {
  const [ipv6Port = 0, clickHousePort = 0] = await freePorts(2, '::1');
  const [kafka, clickHouse] = await allOf(startKafka({ ipv6Port }), startTables());
  onTestFinished(() => kafka.stop());
  onTestFinished(() => clickHouse.stop());
  await insertRows(clickHouse, recentRows({ seed: 21, rows: ROWS }));
  const parts = { kafka, clickHouse };
  const place = await newPlace(onTestFinished, parts, { partitions: 2 });
  await forwardIpv6(clickHousePort, Number(new URL(clickHouse.url).port));
  const config = configFor(place, parts, {
    clickHouse: { url: `http://[::1]:${clickHousePort}` },
    kafka: { endpoints: [`[::1]:${ipv6Port}`] },
  });
  const { endpoints, compression, maxRequestBytes, checkpointTopic } = config.kafka;
  const plain = { endpoints, compression, maxRequestBytes, checkpointTopic };
  const running = await startIn(onTestFinished, place, { ...config, kafka: plain });
  await running.until(({ delivering, recordsExported }) => delivering && recordsExported >= ROWS);
  expect(await compareWithTable(place, parts, ROWS)).toEqual(eachOnce(ROWS));
});
