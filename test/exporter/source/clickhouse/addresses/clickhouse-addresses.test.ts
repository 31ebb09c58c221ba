import { type RecordBatch, Table, vectorFromArray } from 'apache-arrow';
import { expect, test } from 'vitest';
import { AddressError } from '../../../../../src/exporter/source/clickhouse/errors/address-error.ts';
import {
  type AddressChange,
  type ClickHouseAddresses,
  createClickHouseAddresses,
} from '../../../../../src/exporter/source/clickhouse/addresses/clickhouse-addresses.ts';
import type { QueryRunner } from '../../../../../src/exporter/source/clickhouse/connection/query-runner.ts';
import { createManualClock } from '../../../../lib/manual-clock.ts';

const REFUSED = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

function open(...urls: readonly string[]): {
  readonly addresses: ClickHouseAddresses;
  readonly changes: AddressChange[];
} {
  const changes: AddressChange[] = [];
  const [url = '', ...replicaUrls] = urls;
  const addresses = createClickHouseAddresses(
    { clock: createManualClock(), random: () => 1, onChange: (change) => changes.push(change) },
    { url, replicaUrls, authenticated: false, requestTimeoutMs: 1_000 },
    () => ({ clickHouseUsername: undefined, clickHousePassword: undefined }),
  );
  return { addresses, changes };
}

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

test('an address is named without credentials, and an address that is listed twice counts once', async () => {
  const { addresses, changes } = open(
    'http://user:secret@ch-0:8123/',
    'http://ch-0:8123',
    'https://ch-1:8443/path/',
  );
  const asked: QueryRunner[] = [];
  const error = await errorOf(
    addresses.ask((client) => {
      asked.push(client);
      return Promise.reject(REFUSED);
    }),
  );
  expect(asked.length).toBe(2);
  expect(error).toBeInstanceOf(AddressError);
  expect(error).toMatchObject({
    addresses: ['http://ch-0:8123', 'https://ch-1:8443/path'],
    cause: REFUSED,
  });
  expect(changes).toEqual([
    { address: 'http://ch-0:8123', isUp: false, message: 'connect ECONNREFUSED' },
    { address: 'https://ch-1:8443/path', isUp: false, message: 'connect ECONNREFUSED' },
  ]);
});

test('a query that the caller cancels says nothing about its address, and is not repeated elsewhere', async () => {
  const { addresses, changes } = open('http://ch-0:8123', 'http://ch-1:8123');
  const stop = new AbortController();
  let asked = 0;
  const error = await errorOf(
    addresses.ask(() => {
      asked++;
      stop.abort();
      return Promise.reject(REFUSED);
    }, stop.signal),
  );
  expect(error).toMatchObject({ addresses: ['http://ch-0:8123'], isOwn: false });
  expect([asked, changes]).toEqual([1, []]);
});

test('rows are requested from another address only while none has come', async () => {
  const { addresses } = open('http://ch-0:8123', 'http://ch-1:8123', 'http://ch-2:8123');
  const [batch] = new Table({ a: vectorFromArray([1]) }).batches;
  let asked = 0;
  const read = async (): Promise<number> => {
    let batches = 0;
    const answer = async function* (): AsyncGenerator<RecordBatch> {
      await Promise.resolve();
      if (++asked === 1) throw REFUSED;
      if (batch !== undefined) yield batch;
      if (asked === 2) throw REFUSED;
    };
    for await (const { numRows } of addresses.read(answer, new AbortController().signal)) {
      batches += numRows;
    }
    return batches;
  };
  expect(await errorOf(read())).toMatchObject({ addresses: ['http://ch-1:8123'] });
  expect(asked).toBe(2);
  expect(await read()).toBe(1);
  expect(asked).toBe(3);
});
