import { RecordBatchStreamWriter, tableFromArrays } from 'apache-arrow';
import { expect, test } from 'vitest';
import { createBatchReader } from '../../../../../src/exporter/source/clickhouse/rows/read-batches.ts';
import { startAnswering, statedIn, watchAddress } from '../answering-server.ts';

const STREAM = RecordBatchStreamWriter.writeAll(
  tableFromArrays({ n: Int32Array.of(1, 2, 3) }),
).toUint8Array(true);
const LATER = 'timeout_overflow_mode_leaf';
const UNKNOWN = `Code: 115. DB::Exception: Unknown setting ${LATER}. (UNKNOWN_SETTING) (version 23.10.5.20 (official build))`;

test('a server that is downgraded is queried again for the settings that it knows', async () => {
  let isOlder = false;
  const url = await startAnswering(
    (_request, response, query) => {
      if (isOlder && query.includes(LATER)) {
        response.writeHead(404, { 'X-ClickHouse-Exception-Code': '115' }).end(UNKNOWN);
      } else response.end(STREAM);
    },
    (query) => [...statedIn(query), ...(isOlder ? [] : [[LATER, 'break', '0'] as const])],
  );
  const read = createBatchReader(watchAddress(url));
  const rows = async (): Promise<number> => {
    let count = 0;
    for await (const { numRows } of read('SELECT n', new AbortController().signal)) {
      count += numRows;
    }
    return count;
  };
  expect(await rows()).toBe(3);
  isOlder = true;
  await expect(rows()).rejects.toMatchObject({ cause: { code: '115' } });
  expect(await rows()).toBe(3);
});
