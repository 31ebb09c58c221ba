import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { ExporterConfig } from '../../../src/exporter/contract/exporter-config.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { runKafkaTool } from '../../harness/kafka/java.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { configFor, type Place, type RunningExporter } from './exporter-under-test.ts';
import {
  compareWithTable,
  eachOnce,
  L7,
  newPlace,
  recentRows,
  startIn,
  startTables,
} from './parts.ts';

const ROWS = 200;
const page = readFileSync(new URL('../../../docs/delivery.md', import.meta.url), 'utf8');
/** What docs/delivery.md tells to run, in its order. */
const COMMANDS = [...page.matchAll(/^kafka-acls\.sh … (.+)$/gm)].map(([, command = '']) => command);
const [RECORDS = '', CHECKPOINTS = '', TRANSACTIONS = '', GROUP = ''] = COMMANDS;
const kafka = inject('kafka');
const admin = kafkaFrom(kafka);
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startTables();
  await insertRows(clickHouse, recentRows({ seed: 2, rows: ROWS }));
});
afterAll(() => clickHouse.stop());

/** A place whose user may do nothing yet. */
async function withoutRights(): Promise<Place> {
  const users = 'own user';
  const place = await newPlace(onTestFinished, { kafka, clickHouse }, { partitions: 2, users });
  await admin.revokeAll(place.user.username);
  return place;
}

/** Starts the exporter; its checkpoint topic has the name that the page gives it. */
function start(
  place: Place,
  guarantee: ExporterConfig['delivery']['guarantee'] = 'ExactlyOnce',
): Promise<RunningExporter> {
  const checkpointTopic = `deepflow-export.${place.checkpointTopic}.checkpoints`;
  const other = { delivery: { guarantee, shards: 4 } };
  const change = { kafka: { checkpointTopic }, other };
  return startIn(onTestFinished, place, configFor(place, { kafka, clickHouse }, change));
}

/** The arguments of a command with a place's own names for those that stand for the reader's. */
function inPlace(command: string, place: Place): string {
  return command
    .replace('User:NAME', `User:${place.user.username}`)
    .replace('NAMESPACE.NAME', place.checkpointTopic)
    .replace(/ TOPIC$/, ` ${place.prefix}${L7}`);
}

/** Runs kafka-acls.sh, which is this class. */
async function run(command: string): Promise<void> {
  const { bootstrap, adminPropertiesPath } = kafka;
  const config = adminPropertiesPath === undefined ? [] : ['--command-config', adminPropertiesPath];
  await runKafkaTool('org.apache.kafka.tools.AclCommand', [
    ...['--bootstrap-server', bootstrap, ...config],
    ...command.split(' '),
  ]);
}

async function expectEachRowOnce(running: RunningExporter, place: Place): Promise<void> {
  const status = await running.until(
    ({ delivering, recordsExported }) => delivering && recordsExported >= ROWS,
  );
  expect(status).toMatchObject({ problems: [], recordsExported: ROWS });
  expect(await compareWithTable(place, { kafka, clickHouse }, ROWS)).toEqual(eachOnce(ROWS));
}

describe('the commands of docs/delivery.md', () => {
  test('are all that an exporter needs to deliver exactly once', async () => {
    expect(COMMANDS).toHaveLength(4);
    const place = await withoutRights();
    for (const command of COMMANDS) await run(inPlace(command, place));
    await expectEachRowOnce(await start(place), place);
  });

  test('but the one for transactions are all that it needs with AtLeastOnce', async () => {
    const place = await withoutRights();
    for (const command of [RECORDS, CHECKPOINTS, GROUP]) await run(inPlace(command, place));
    await expectEachRowOnce(await start(place, 'AtLeastOnce'), place);
  });

  test.each([
    ['topic of records', RECORDS, undefined],
    ['topic of records, to write it', RECORDS, RECORDS.replace(' --operation Write', '')],
    ['checkpoint topic', CHECKPOINTS, undefined],
    ['transactional ids', TRANSACTIONS, undefined],
    ['consumer group', GROUP, undefined],
  ])(
    'are each named by the exporter that lacks it, and what it names is enough: %s',
    async (_name, missing, instead) => {
      const place = await withoutRights();
      const others = COMMANDS.filter((command) => command !== missing);
      for (const command of [...others, ...(instead === undefined ? [] : [instead])]) {
        await run(inPlace(command, place));
      }
      const running = await start(place);
      const { delivering, problems } = await running.until((status) =>
        status.problems.some(({ reason }) => reason === 'KafkaAuthorizationFailed'),
      );
      expect(delivering).toBe(false);
      const message = problems.find(({ reason }) => reason === 'KafkaAuthorizationFailed')?.message;
      const [, named = ''] =
        /kafka-acls\.sh --bootstrap-server \S+ (--add [^,(]+)/.exec(message ?? '') ?? [];
      expect(named.trim().replace('User:NAME', `User:${place.user.username}`)).toBe(
        inPlace(missing, place),
      );
      const ready = await fetch(`http://127.0.0.1:${running.exporter.port}/readyz`);
      expect(ready.status).toBe(503);
      await run(inPlace(missing, place));
      await expectEachRowOnce(running, place);
    },
  );
});
