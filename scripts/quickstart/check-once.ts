import { FLOW_LOGS } from '../../test/harness/generator/flow-logs.ts';
import type { DataSource } from '../../src/deepflow/data-sources.ts';
import type { ClickHouseHandle } from '../../test/harness/clickhouse/start-clickhouse.ts';
import { HarnessError } from '../../test/harness/harness-error.ts';
import { compareRecords } from '../../test/harness/oracle/compare-records.ts';
import { expectedRecords } from '../../test/harness/oracle/expected-records.ts';
import type { Demo } from './start-demo.ts';
import type { Steps } from './steps.ts';

const deadlineMs = 60_000;

/**
 * Waits until every row of the streams is written and read back from Kafka, and compares each record with its row.
 * Fails with a message if a record is missing, differs from its row, or comes twice.
 */
export async function checkOnce(
  demo: Demo,
  clickHouse: ClickHouseHandle,
  steps: Steps,
): Promise<void> {
  const { readers, streams } = demo;
  await steps.step('The last row is written', () =>
    Promise.all(streams.map(({ finished }) => finished)),
  );
  await steps.step('The last record is read back from Kafka', () =>
    Promise.all(
      readers.map((reader, index) => {
        const rows = streams[index]?.written() ?? 0;
        return reader.waitUntil(() => reader.values.length >= rows, deadlineMs);
      }),
    ),
  );
  const results = await steps.step('Every record is compared with its row', async () => {
    const compared: Result[] = [];
    for (const [index, dataSource] of FLOW_LOGS.entries()) {
      const expected = await expectedRecords(clickHouse, dataSource);
      const comparison = compareRecords(expected, readers[index]?.values ?? []);
      compared.push({ dataSource, ...comparison });
    }
    return compared;
  });
  steps.print('');
  for (const result of results) steps.print(`  ${lineOf(result)}`);
  if (results.every(isRight)) return;
  const lateMs = Math.max(...streams.map((stream) => stream.latestMs()));
  throw new HarnessError(
    `The records in Kafka differ from the rows in ClickHouse: see the counts above. The latest row was stored ${(lateMs / 1000).toFixed(1)} s after its time.`,
  );
}

interface Result extends ReturnType<typeof compareRecords> {
  readonly dataSource: DataSource;
}

function isRight(result: Result): boolean {
  return result.missingCount === 0 && result.foreignCount === 0 && result.repeated === 0;
}

function lineOf(result: Result): string {
  const { dataSource, expected, found, foreignCount, missingCount, repeated } = result;
  return `${dataSource}: ${expected} rows written, ${found} records read: missing ${missingCount}, repeated ${repeated}, different ${foreignCount}`;
}
