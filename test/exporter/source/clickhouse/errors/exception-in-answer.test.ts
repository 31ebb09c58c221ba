import { RecordBatchStreamWriter, tableFromArrays } from 'apache-arrow';
import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createBatchReader } from '../../../../../src/exporter/source/clickhouse/rows/read-batches.ts';
import { createClickHouseSource } from '../../../../../src/exporter/source/clickhouse/rows/clickhouse-source.ts';
import { SourceError } from '../../../../../src/exporter/source/source.ts';
import { problemOf, startAnswering, watchAddress } from '../answering-server.ts';

const numbers = Int32Array.from({ length: 20_000 }, (_, number) => number);
/** Two blocks of rows, and the end. */
const STREAM = Buffer.from(
  RecordBatchStreamWriter.writeAll([
    ...tableFromArrays({ n: numbers }).batches,
    ...tableFromArrays({ n: numbers }).batches,
  ]).toUint8Array(true),
);
const END_BYTES = 8;
const SECOND_BLOCK = Math.round(STREAM.length / 2);

const WORDS =
  'Timeout exceeded: elapsed 1.000352 seconds, maximum: 1: While executing MergeTreeThread.';
const EXCEPTION = `Code: 159. DB::Exception: ${WORDS} (TIMEOUT_EXCEEDED) (version 23.10.5.20 (official build))\n`;
const OF_ANOTHER_SERVER = `Code: 279. DB::NetException: All connection tries failed. Log: \n\nCode: 210. DB::NetException: Connection refused (chi-0:9000). (NETWORK_ERROR) (version 24.8.14.39 (official build))\n\n: While executing Remote. (ALL_CONNECTION_TRIES_FAILED) (version 24.8.14.39 (official build))\n`;
const TAG = 'dmrdfnujjqvszhav';
const length = Buffer.byteLength(EXCEPTION);
const TAGGED = `\r\n__exception__\r\n${TAG}\r\n${EXCEPTION}${length} ${TAG}\r\n__exception__\r\n`;

/** Answers 200, bytes, and then ends the answer or breaks the connection. */
function answering(bytes: Buffer, ending: 'ends' | 'breaks'): RequestListener {
  return (_request, response) => {
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'X-ClickHouse-Format': 'ArrowStream',
      'X-ClickHouse-Exception-Tag': TAG,
    });
    response.write(bytes, () => {
      if (ending === 'ends') response.end();
      else response.socket?.end();
    });
  };
}

async function readingOf(bytes: Buffer, ending: 'ends' | 'breaks'): Promise<unknown> {
  const url = await startAnswering(answering(bytes, ending));
  const source = createClickHouseSource(
    { organizationId: 1, importedSpans: true },
    watchAddress(url),
  );
  const read = async (): Promise<void> => {
    const request = {
      dataSource: 'flow_log.l7_flow_log',
      columns: ['n'],
      window: { from: 0, to: 1 },
    } as const;
    for await (const { numRows } of source.read(request, new AbortController().signal)) {
      expect(numRows).toBe(numbers.length);
    }
  };
  return problemOf(read());
}

describe('an exception of ClickHouse that comes after the beginning of an answer is reported in its own words', () => {
  const places: readonly (readonly [string, number])[] = [
    ['before anything', 0],
    ['before the second block', SECOND_BLOCK],
    ['within a block', SECOND_BLOCK + 5_000],
    ['within the head of a block', 300],
    ['before the end', STREAM.length - END_BYTES],
    ['behind the end', STREAM.length],
  ];
  test.each(
    places.flatMap(([place, at]) =>
      (['ends', 'breaks'] as const).flatMap((ending) => [
        [place, ending, 'as text', at, EXCEPTION] as const,
        [place, ending, 'with its tag', at, TAGGED] as const,
      ]),
    ),
  )('%s, in an answer that %s, %s', async (_place, ending, _form, at, exception) => {
    const bytes = Buffer.concat([STREAM.subarray(0, at), Buffer.from(exception)]);
    const error = await readingOf(bytes, ending);
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({
      problem: {
        reason: 'ClickHouseLimitReached',
        message: expect.stringMatching(
          /^ClickHouse at http:\/\/127\.0\.0\.1:\d+ cancelled the query, .*max_execution_time.*\(TIMEOUT_EXCEEDED: Timeout exceeded: elapsed 1\.000352/,
        ) as string,
      },
    });
  });

  test('with the outer code when it comes from another server of the cluster', async () => {
    const bytes = Buffer.concat([STREAM.subarray(0, SECOND_BLOCK), Buffer.from(OF_ANOTHER_SERVER)]);
    expect(await readingOf(bytes, 'ends')).toMatchObject({
      problem: {
        reason: 'ClickHouseError',
        message: expect.stringContaining('(ALL_CONNECTION_TRIES_FAILED: ') as string,
      },
    });
  });

  test('when the query has no result', async () => {
    const url = await startAnswering(answering(Buffer.from(EXCEPTION), 'ends'));
    const source = createClickHouseSource(
      { organizationId: 1, importedSpans: true },
      watchAddress(url),
    );
    expect(await problemOf(source.check('flow_log.l7_flow_log', ['time']))).toMatchObject({
      problem: { reason: 'ClickHouseLimitReached' },
    });
  });
});

describe('an answer that breaks off without an exception is reported as a broken connection', () => {
  /** A row may contain the text of an exception. */
  const quoted = Buffer.from(`${EXCEPTION.trim()}\0\0\0\0`);
  test.each([
    ['', Buffer.alloc(0)],
    [' that stands in its data', Buffer.concat([quoted, Buffer.alloc(100)])],
  ])('of its own%s', async (_what, data) => {
    const bytes = Buffer.concat([STREAM.subarray(0, SECOND_BLOCK + 5_000), data]);
    expect(await readingOf(bytes, 'breaks')).toMatchObject({
      problem: {
        reason: 'ClickHouseUnreachable',
        message: expect.stringContaining(
          'closed the connection before the answer was complete',
        ) as string,
      },
    });
  });
});

test('names are read with the same care', async () => {
  const bytes = Buffer.concat([STREAM.subarray(0, SECOND_BLOCK), Buffer.from(TAGGED)]);
  const url = await startAnswering(answering(bytes, 'ends'));
  const read = createBatchReader(watchAddress(url));
  const all = async (): Promise<void> => {
    for await (const batch of read('SELECT 1', new AbortController().signal)) {
      expect(batch.numRows).toBeGreaterThan(0);
    }
  };
  expect(await problemOf(all())).toMatchObject({ cause: { code: '159' } });
});
