import { RecordBatchStreamWriter, tableFromArrays } from 'apache-arrow';
import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { clickHouseFailure } from '../../../../../src/exporter/source/clickhouse/errors/clickhouse-error.ts';
import { createBatchReader } from '../../../../../src/exporter/source/clickhouse/rows/read-batches.ts';
import {
  type AddressChange,
  type ClickHouseAddresses,
  createClickHouseAddresses,
} from '../../../../../src/exporter/source/clickhouse/addresses/clickhouse-addresses.ts';
import { createManualClock, type ManualClock } from '../../../../lib/manual-clock.ts';
import { until } from '../../../../lib/until.ts';
import { problemOf, startAnswering } from '../answering-server.ts';

const STREAM = RecordBatchStreamWriter.writeAll(
  tableFromArrays({ n: Int32Array.of(1, 2, 3) }),
).toUint8Array(true);
/** How long a query must have waited before its address is probed. */
const LONG_MS = 10_000;

interface Server {
  readonly url: string;
  /** How queries and `/ping` are answered. */
  mode: 'answers' | 'queries wait' | 'is silent' | 'falls silent in mid-answer';
  /** Answers that wait. */
  readonly waiting: ServerResponse[];
  pings: number;
}

async function startServer(mode: Server['mode']): Promise<Server> {
  const server = { mode, waiting: [] as ServerResponse[], pings: 0 };
  const url = await startAnswering((request, response) => {
    const isPing = request.url?.startsWith('/ping') === true;
    if (isPing) server.pings++;
    if (server.mode === 'answers' || (isPing && server.mode === 'queries wait')) {
      response.end(isPing ? 'Ok.\n' : STREAM);
      return;
    }
    if (!isPing) server.waiting.push(response);
    if (server.mode === 'falls silent in mid-answer') response.write(STREAM.subarray(0, 100));
  });
  return Object.assign(server, { url });
}

interface Opened {
  readonly addresses: ClickHouseAddresses;
  readonly clock: ManualClock;
  readonly changes: AddressChange[];
}

function open(...[url = '', ...replicaUrls]: readonly string[]): Opened {
  const clock = createManualClock();
  const changes: AddressChange[] = [];
  const addresses = createClickHouseAddresses(
    { clock, random: () => 1, onChange: (change) => changes.push(change) },
    { url, replicaUrls, authenticated: false, requestTimeoutMs: 60_000 },
    () => ({}),
  );
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
  });
  void addresses.watch(stop.signal);
  return { addresses, clock, changes };
}

async function rowsOf(addresses: ClickHouseAddresses): Promise<number> {
  let rows = 0;
  const { signal } = new AbortController();
  for await (const { numRows } of createBatchReader(addresses)('SELECT n', signal)) rows += numRows;
  return rows;
}

const isWaiting = (server: Server): Promise<true> =>
  until('a query', () => server.waiting.length > 0);

test('a query that takes long continues while /ping is answered', async () => {
  const server = await startServer('queries wait');
  const { addresses, changes, clock } = open(server.url);
  const rows = rowsOf(addresses);
  await isWaiting(server);
  for (let tens = 1; tens <= 3; tens++) {
    await clock.advance(LONG_MS);
    await until('a ping', () => server.pings >= tens);
  }
  for (const response of server.waiting) response.end(STREAM);
  expect(await rows).toBe(3);
  expect(changes.map(({ isUp }) => isUp)).toEqual([true]);
});

test.each(['is silent', 'falls silent in mid-answer'] as const)(
  'queries end at an address that %s, which is reported, and is healthy again when it answers',
  async (mode) => {
    const server = await startServer(mode);
    const { addresses, changes, clock } = open(server.url);
    const [first, second] = [problemOf(rowsOf(addresses)), problemOf(rowsOf(addresses))];
    await until('two queries', () => server.waiting.length === 2);
    await clock.advance(LONG_MS);
    for (const problem of [await first, await second]) {
      expect(problem).toMatchObject({ addresses: [server.url], isOwn: true });
      const failure = clickHouseFailure(problem instanceof Error ? problem.cause : problem);
      expect(failure).toMatchObject({ kind: 'silent', message: 'no answer within 5 seconds' });
    }
    expect(changes).toEqual([
      { address: server.url, isUp: false, message: 'no answer within 5 seconds' },
    ]);
    server.mode = 'answers';
    expect(await rowsOf(addresses)).toBe(3);
    expect(changes.map(({ isUp }) => isUp)).toEqual([false, true]);
  },
);

test('a query that waits at a silent address is repeated at another address', async () => {
  const [silent, well] = [await startServer('is silent'), await startServer('answers')];
  const { addresses, clock } = open(silent.url, well.url);
  const rows = rowsOf(addresses);
  await isWaiting(silent);
  await clock.advance(LONG_MS);
  expect(await rows).toBe(3);
});
