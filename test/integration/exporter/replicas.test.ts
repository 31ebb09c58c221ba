import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type AddressChange,
  createClickHouseAddresses,
} from '../../../src/exporter/source/clickhouse/addresses/clickhouse-addresses.ts';
import { createClickHouseSource } from '../../../src/exporter/source/clickhouse/rows/clickhouse-source.ts';
import { type RecordSource, SourceError } from '../../../src/exporter/source/source.ts';
import { exporterConfig } from '../../exporter/exporter-config.ts';
import { type BrokenAnswers, startBrokenAnswers } from '../../faults/broken-answers.ts';
import { createManualClock, type ManualClock } from '../../lib/manual-clock.ts';
import { until } from '../../lib/until.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema, insertRows } from '../../harness/generator/generate.ts';
import { freePorts } from '../../harness/process/free-ports.ts';

const L7 = 'flow_log.l7_flow_log';
/** Several batches, so that an answer can break when it has begun. */
const ROWS = 20_000;
const TO = Math.floor(Date.now() / 1000);
const WINDOW = { from: TO - 10, to: TO };
/** How often addresses are looked at. */
const LOOK_MS = 1_000;
const never = new AbortController().signal;

let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startClickHouse();
  await createSchema(clickHouse);
  const span = { fromMicros: WINDOW.from * 1e6, toMicros: WINDOW.to * 1e6 };
  await insertRows(clickHouse, { dataSource: L7, seed: 1, firstRow: 0, rows: ROWS, ...span });
});
afterAll(() => clickHouse.stop());

interface Replicas {
  readonly source: RecordSource;
  readonly urls: readonly string[];
  readonly answers: readonly [BrokenAnswers, BrokenAnswers];
  readonly changes: readonly AddressChange[];
  /** It stands still: an address that fails is left alone until a test moves it. */
  readonly clock: ManualClock;
  readonly password: { current: string };
}

/** A source that reads one ClickHouse at two addresses, whose answers can be broken. */
async function openReplicas(): Promise<Replicas> {
  const [first = 0, second = 0] = await freePorts(2);
  const answers = [
    await startBrokenAnswers(first, clickHouse.url),
    await startBrokenAnswers(second, clickHouse.url),
  ] as const;
  onTestFinished(async () => {
    for (const each of answers) await each.close();
  });
  const changes: AddressChange[] = [];
  const clock = createManualClock();
  const password = { current: clickHouse.password };
  const urls = [`http://127.0.0.1:${first}`, `http://127.0.0.1:${second}`];
  const { clickHouse: config } = exporterConfig({
    clickHouse: { url: urls[0] ?? '', replicaUrls: urls.slice(1), authenticated: true },
  });
  const addresses = createClickHouseAddresses(
    { clock, random: Math.random, onChange: (change) => changes.push(change) },
    { ...config, requestTimeoutMs: 20_000 },
    () => ({ clickHouseUsername: clickHouse.username, clickHousePassword: password.current }),
  );
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
  });
  void addresses.watch(stop.signal);
  const source = createClickHouseSource(config, addresses);
  return { source, urls, answers, changes, clock, password };
}

async function readWindow(source: RecordSource): Promise<number> {
  let rows = 0;
  const request = { dataSource: L7, columns: ['time', '_id'], window: WINDOW } as const;
  for await (const batch of source.read(request, never)) rows += batch.numRows;
  return rows;
}

async function countWindow(source: RecordSource): Promise<number> {
  const counts = await source.counts({ dataSource: L7, window: WINDOW }, never);
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** What the user is told of work that fails; undefined: it does not. */
async function failureOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return `${error.problem.reason}: ${error.problem.message}`;
  }
}

const queriesOf = ({ answers }: Replicas): number[] => answers.map((each) => each.queries());

describe('a ClickHouse at several addresses', () => {
  test('gives each its share of the readings, and of the counts before them', async () => {
    const replicas = await openReplicas();
    const { source } = replicas;
    for (let i = 0; i < 4; i++) {
      expect(await countWindow(source)).toBe(ROWS);
      expect(await readWindow(source)).toBe(ROWS);
    }
    expect(queriesOf(replicas)).toEqual([4, 4]);
    const readings = Array.from({ length: 4 }, () => readWindow(source));
    expect(await Promise.all(readings)).toEqual([ROWS, ROWS, ROWS, ROWS]);
    expect(queriesOf(replicas)).toEqual([6, 6]);
  });

  test('is read at the other one while one has no memory left, and at both again', async () => {
    const replicas = await openReplicas();
    const { source, urls, answers, changes, clock } = replicas;
    answers[1].setMode('refuse');
    for (let i = 0; i < 3; i++) {
      expect(await countWindow(source)).toBe(ROWS);
      expect(await readWindow(source)).toBe(ROWS);
    }
    expect(answers[1].queries()).toBeLessThanOrEqual(2);
    expect(changes.map(({ address, isUp }) => [address, isUp])).toEqual([
      [urls[0], true],
      [urls[1], false],
    ]);
    expect(changes[1]?.message).toContain('Memory limit (total) exceeded');
    answers[1].setMode('pass');
    const before = answers[1].queries();
    const isAskedAgain = async (): Promise<boolean> => {
      await clock.advance(LOOK_MS);
      expect(await readWindow(source)).toBe(ROWS);
      return answers[1].queries() > before + 2;
    };
    await until('queries of the second', isAskedAgain);
    expect(changes.slice(2)).toEqual([{ address: urls[1], isUp: true, message: undefined }]);
  });

  test.each(['truncate', 'drop the end', 'break off'] as const)(
    'fails for a window whose answer breaks (%s), and answers it whole at the next try',
    async (mode) => {
      const { source, urls, answers } = await openReplicas();
      answers[0].setMode(mode);
      expect(await failureOf(readWindow(source))).toContain(
        mode === 'break off'
          ? `ClickHouseLimitReached: ClickHouse at ${urls[0] ?? ''} has no memory left`
          : `ClickHouseUnreachable: ClickHouse at ${urls[0] ?? ''} broke off an answer`,
      );
      expect(await readWindow(source)).toBe(ROWS);
      expect(await countWindow(source)).toBe(ROWS);
    },
  );

  test('names all addresses where none answers, and is read as soon as one does', async () => {
    const { source, urls, answers, clock } = await openReplicas();
    for (const each of answers) each.setMode('refuse');
    for (let i = 0; i < 3; i++) {
      expect(await failureOf(countWindow(source))).toContain(
        `ClickHouse at ${urls.join(', ')} has no memory left`,
      );
    }
    answers[1].setMode('pass');
    const isAnswered = async (): Promise<boolean> => {
      await clock.advance(LOOK_MS);
      return (await failureOf(countWindow(source))) === undefined;
    };
    await until('an answer', isAnswered);
  });

  test('is asked once where the answer is the same everywhere, and follows new credentials', async () => {
    const replicas = await openReplicas();
    const { source, password, urls, changes } = replicas;
    password.current = 'wrong';
    expect(await failureOf(readWindow(source))).toContain(
      `ClickHouseAuthenticationFailed: ClickHouse at ${urls[0] ?? ''} refused`,
    );
    // The look-up of settings before the first query is refused already.
    expect(queriesOf(replicas)).toEqual([0, 0]);
    password.current = clickHouse.password;
    expect([await readWindow(source), await readWindow(source)]).toEqual([ROWS, ROWS]);
    expect(queriesOf(replicas)).toEqual([1, 1]);
    expect(changes.every(({ isUp }) => isUp)).toBe(true);
  });
});
