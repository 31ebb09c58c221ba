import { expect, onTestFinished, test } from 'vitest';
import { allOf } from '../../harness/environment/all-of.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { startKafka } from '../../harness/kafka/start-kafka.ts';
import { startCommand } from './exporter-command.ts';
import { configFor } from './exporter-under-test.ts';
import { newPlace, recentRows, startTables } from './parts.ts';

const ROWS = 200;

test('a start on a Kafka that has just started itself reports no problem', async () => {
  const [kafka, clickHouse] = await allOf(startKafka({ brokers: 3 }), startTables());
  onTestFinished(() => kafka.stop());
  onTestFinished(() => clickHouse.stop());
  await insertRows(clickHouse, recentRows({ seed: 51, rows: ROWS }));
  const parts = { kafka, clickHouse };
  const place = await newPlace(onTestFinished, parts, { partitions: 4 });
  await place.writeConfig(configFor(place, parts));
  const running = await startCommand(onTestFinished, place);
  await running.until(({ delivering, recordsExported }) => delivering && recordsExported === ROWS);
  // The coordinators of the group and of the transactional ids come into being with the first request.
  const lines = running.output().split('\n');
  expect(lines.some((line) => line.includes('"waiting"'))).toBe(true);
  expect(lines.filter((line) => line.includes('"failing"'))).toEqual([]);
});
