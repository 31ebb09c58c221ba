import { describe, inject, test } from 'vitest';
import type { ExporterConfig } from '../../../src/exporter/contract/exporter-config.ts';
import type { ProblemReason } from '../../../src/exporter/contract/status-report.ts';
import { TRANSACTION_BUDGET_MS } from '../../../src/exporter/producer/transaction-times.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { createTable, insertRows } from '../../harness/generator/generate.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { configFor, type Place, readRecords, type RunningExporter } from './exporter-under-test.ts';
import type { Comparison } from '../../harness/oracle/compare-records.ts';
import {
  compareWithTable,
  eachOnce,
  L7,
  newPlace,
  type OnEnd,
  recentRows,
  startIn,
  startTables,
} from './parts.ts';

const L4 = 'flow_log.l4_flow_log';
const ROWS = 200;
/** Calls that came later would have waited until a transaction of flows was given up. */
const GIVEN_UP_MS = TRANSACTION_BUDGET_MS;
const kafka = inject('kafka');
const admin = kafkaFrom(kafka);

interface Running {
  readonly clickHouse: ClickHouseHandle;
  readonly place: Place;
  readonly exporter: RunningExporter;
  /**
   * Inserts rows of calls, waits until the exporter has sent them and all before, and returns how many milliseconds that
   * took.
   */
  readonly sendCalls: (batch: number) => Promise<number>;
}

/** An exporter of calls and flows, of which calls have all that they need. */
async function startBoth(
  onEnd: OnEnd,
  topics: readonly string[],
  lack: (clickHouse: ClickHouseHandle, place: Place) => Promise<unknown>,
): Promise<Running> {
  const clickHouse = await startTables();
  onEnd(() => clickHouse.stop());
  const place = await newPlace(
    onEnd,
    { kafka, clickHouse },
    { partitions: 2, dataSources: topics, users: 'own user' },
  );
  await lack(clickHouse, place);
  const sendRows = (batch: number): Promise<void> =>
    insertRows(clickHouse, recentRows({ seed: batch, rows: ROWS, firstRow: batch * ROWS }));
  await sendRows(0);
  const dataSources: ExporterConfig['dataSources'] = [L4, L7];
  const delivery: ExporterConfig['delivery'] = { guarantee: 'ExactlyOnce', shards: 4 };
  const other = { dataSources, delivery };
  const config = configFor(place, { kafka, clickHouse }, { other });
  const exporter = await startIn(onEnd, place, config);
  return {
    clickHouse,
    place,
    exporter,
    sendCalls: async (batch) => {
      const startMs = performance.now();
      if (batch > 0) await sendRows(batch);
      await readRecords(place, kafka, { dataSource: L7, count: (batch + 1) * ROWS });
      return performance.now() - startMs;
    },
  };
}

/** Waits until the status says what is wrong, in these words. */
async function untilProblem(
  { exporter }: Running,
  reason: ProblemReason,
  words: string,
): Promise<void> {
  await exporter.until(
    ({ delivering, problems }) =>
      !delivering &&
      problems.some((problem) => problem.reason === reason && problem.message.includes(words)),
  );
}

/** Waits for the rows of flows, which come after all; answers how the records of so many calls compare with their rows. */
async function untilBoth(running: Running, calls: number): Promise<Comparison> {
  const { clickHouse, place, exporter } = running;
  await exporter.until(
    ({ delivering, recordsExported }) => delivering && recordsExported === calls + ROWS,
  );
  await readRecords(place, kafka, { dataSource: L4, count: ROWS });
  return compareWithTable(place, { kafka, clickHouse }, calls);
}

async function readiness({ exporter }: Running): Promise<number> {
  const { port } = exporter.exporter;
  return (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
}

const flows = () => recentRows({ seed: 9, rows: ROWS, dataSource: L4 });

describe.concurrent('calls are exported at their time while flows wait, which the status says, for', () => {
  test('their table', async ({ onTestFinished, expect }) => {
    const running = await startBoth(onTestFinished, [L4, L7], (clickHouse) =>
      clickHouse.query(`DROP TABLE ${L4}`),
    );
    await untilProblem(running, 'TableMissing', L4);
    await running.sendCalls(0);
    await running.sendCalls(1);
    expect(await readiness(running)).toBe(200);
    await createTable(running.clickHouse, L4);
    await insertRows(running.clickHouse, flows());
    expect(await untilBoth(running, 2 * ROWS)).toEqual(eachOnce(2 * ROWS));
  });

  test('their topic', async ({ onTestFinished, expect }) => {
    const running = await startBoth(onTestFinished, [L7], (clickHouse) =>
      insertRows(clickHouse, flows()),
    );
    await untilProblem(running, 'TopicMissing', `${running.place.prefix}${L4}`);
    for (const batch of [0, 1, 2]) expect(await running.sendCalls(batch)).toBeLessThan(GIVEN_UP_MS);
    expect(await readiness(running)).toBe(200);
    await admin.createTopic(`${running.place.prefix}${L4}`, 2);
    expect(await untilBoth(running, 3 * ROWS)).toEqual(eachOnce(3 * ROWS));
  });

  test('their topic, which is deleted while they are exported', async ({
    onTestFinished,
    expect,
  }) => {
    const running = await startBoth(onTestFinished, [L4, L7], (clickHouse) =>
      insertRows(clickHouse, flows()),
    );
    await running.exporter.until(({ recordsExported }) => recordsExported === 2 * ROWS);
    const topic = `${running.place.prefix}${L4}`;
    await admin.withAdmin((client) => client.deleteTopics({ topics: [topic] }));
    const more = recentRows({ seed: 10, rows: ROWS, firstRow: ROWS, dataSource: L4 });
    await insertRows(running.clickHouse, more);
    for (const batch of [1, 2]) expect(await running.sendCalls(batch)).toBeLessThan(GIVEN_UP_MS);
    await untilProblem(running, 'TopicMissing', topic);
    // Other topics have records to take, so the pod is ready.
    expect(await readiness(running)).toBe(200);
    await admin.createTopic(topic, 2);
    await running.exporter.until(
      ({ delivering, recordsExported }) => delivering && recordsExported === 5 * ROWS,
    );
    await readRecords(running.place, kafka, { dataSource: L4, count: ROWS });
    const { place, clickHouse } = running;
    expect(await compareWithTable(place, { kafka, clickHouse }, 3 * ROWS)).toEqual(
      eachOnce(3 * ROWS),
    );
  });

  test('the right to write to their topic', async ({ onTestFinished, expect }) => {
    const running = await startBoth(onTestFinished, [L4, L7], async (clickHouse, place) => {
      await insertRows(clickHouse, flows());
      const { user, prefix, rights } = place;
      const topic = { resource: 'topic', name: `${prefix}${L4}` } as const;
      await admin.revokeAll(user.username);
      await admin.grant(
        user.username,
        ...[rights.checkpoints, rights.transactions, rights.group],
        { ...topic, operations: ['describe'] },
        { ...topic, name: `${prefix}${L7}`, operations: ['describe', 'write'] },
        { ...topic, name: place.checkpointTopic, operations: ['describe', 'write'] },
      );
    });
    const { place } = running;
    await untilProblem(running, 'KafkaAuthorizationFailed', `${place.prefix}${L4}`);
    for (const batch of [0, 1, 2]) expect(await running.sendCalls(batch)).toBeLessThan(GIVEN_UP_MS);
    await admin.grant(place.user.username, place.rights.records);
    expect(await untilBoth(running, 3 * ROWS)).toEqual(eachOnce(3 * ROWS));
  });
});
