import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import type { DataSource } from '../../src/deepflow/data-sources.ts';
import type { CanonicalObject } from '../harness/oracle/canonical-json.ts';
import { expectedRecords } from '../harness/oracle/expected-records.ts';
import { readTopic, type TopicReader } from '../harness/kafka/topic-reader.ts';
import { statusOf } from '../integration/exporter/exporter-under-test.ts';
import { until, untilDone } from '../lib/until.ts';
import { type DeliveryPromise, exportedAge } from './promise.ts';
import { NAMING_FIELD, type PushedRows } from './pushes.ts';
import { STREAMED } from './rows.ts';
import { type Difference, Tally } from './tally.ts';
import type { World } from './world.ts';

/** What a schedule came to, over all its topics. */
export interface Findings extends Difference {
  /** What the exporters said was wrong with them, where they did not export everything in time. */
  readonly problems: readonly string[];
  readonly rows: number;
  readonly records: number;
  /** Of the missing records, those of rows that were pushed and accepted. */
  readonly missingPushes: number;
}

/** Time for everything to be exported once all faults are mended. */
const DELIVERY_DEADLINE_MS = 120_000;
/** A row's window ends up to a second after it, and is looked at within another one. */
const WINDOW_MS = 2_000;
/** Time for the end of a topic: open transactions of exporters that are gone hold it up. */
const END_DEADLINE_MS = 90_000;
/** Values that begin so stand behind everything that exporters wrote to a partition. */
const END = 'the end of partition ';

/**
 * Waits until everything is exported and could be exported no more, ends the exporters, and compares the topics with
 * the tables and with what was pushed. Call it when all is mended and no row comes in any more.
 */
export async function judge(
  world: World,
  promise: DeliveryPromise,
  pushed?: PushedRows,
): Promise<Findings> {
  const watched: Watched[] = [];
  try {
    for (const dataSource of STREAMED) watched.push(await watchTable(world, dataSource));
    if (pushed !== undefined) watched.push(await watchPushes(world, pushed));
    const finalLookMs = Date.now() + exportedAge(promise) * 1000 + WINDOW_MS;
    const problems = await until('all records', () => watched.every(isComplete), {
      deadlineMs: DELIVERY_DEADLINE_MS,
    }).then(
      () => [],
      () => problemsOf(world),
    );
    // Until then an exporter may look at a window again and send what it has sent before.
    await sleep(Math.max(0, finalLookMs - Date.now()));
    await world.exporters.stop();
    for (const one of watched) await readToEnd(world, one);
    const missingPushes = total(watched.filter(({ topic }) => topic === world.pushTopic)).missing;
    return { ...total(watched), missingPushes, problems };
  } finally {
    for (const { reader } of watched) await reader.stop();
  }
}

interface Watched {
  readonly topic: string;
  readonly reader: TopicReader;
  readonly tally: Tally;
  readonly allowed: readonly CanonicalObject[];
  readonly required: readonly CanonicalObject[];
  /** The last values of the partitions that have been read to their end. */
  readonly ends: Set<string>;
}

async function watchTable(world: World, dataSource: DataSource): Promise<Watched> {
  const { clickHouse, madeAnewAt } = world;
  const topic = world.topicOf(dataSource);
  const allowed = await expectedRecords(clickHouse, dataSource);
  const madeAnew = madeAnewAt.get(dataSource);
  // Rows of whole seconds after it came in after it; those of before may have gone with the topic.
  const required =
    madeAnew === undefined
      ? allowed
      : await expectedRecords(clickHouse, dataSource, Math.ceil(madeAnew / 1000) * 1000);
  return watch(world, topic, { tally: new Tally(), allowed, required });
}

function watchPushes(world: World, { accepted, unknown }: PushedRows): Promise<Watched> {
  const required = accepted.map((name) => ({ [NAMING_FIELD]: name }));
  const allowed = [...required, ...unknown.map((name) => ({ [NAMING_FIELD]: name }))];
  return watch(world, world.pushTopic, { tally: new Tally(NAMING_FIELD), allowed, required });
}

async function watch(
  { kafka }: World,
  topic: string,
  counted: Pick<Watched, 'tally' | 'allowed' | 'required'>,
): Promise<Watched> {
  const brokers = kafka.bootstrap.split(',');
  const reader = await untilDone('a reader', () =>
    readTopic({ clientId: 'faults', brokers }, topic),
  );
  return { ...counted, topic, reader, ends: new Set() };
}

function take(watched: Watched): void {
  for (const value of watched.reader.drain().values) {
    if (value.subarray(0, END.length).equals(Buffer.from(END))) watched.ends.add(value.toString());
    else watched.tally.add(value);
  }
}

function isComplete(watched: Watched): boolean {
  take(watched);
  if (watched.tally.records < watched.required.length) return false;
  return watched.tally.compare(watched.allowed, watched.required).missing === 0;
}

/** Writes a last message to each partition and reads until it comes. */
async function readToEnd(world: World, watched: Watched): Promise<void> {
  const { kafka } = world;
  const { topic } = watched;
  const partitions = await untilDone('its partitions', () =>
    kafka.withAdmin(async (admin) => (await admin.fetchTopicOffsets(topic)).length),
  );
  const client = new kafkajs.Kafka({
    clientId: 'faults',
    brokers: kafka.bootstrap.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    for (let partition = 0; partition < partitions; partition++) {
      const messages = [{ value: `${END}${partition}`, partition }];
      await untilDone('an end', () => producer.send({ topic, messages }));
    }
  } finally {
    await producer.disconnect();
  }
  await until(
    `the ends of ${topic}, which open transactions hold up`,
    () => {
      take(watched);
      return watched.ends.size;
    },
    { isWanted: (ends) => ends >= partitions, deadlineMs: END_DEADLINE_MS },
  );
}

async function problemsOf({ exporters }: World): Promise<string[]> {
  return Promise.all(
    exporters.running().map(async ({ name, port }) => {
      const status = await statusOf(port).catch(String);
      return `${name}: ${JSON.stringify(status)}`;
    }),
  );
}

function total(watched: readonly Watched[]): Omit<Findings, 'problems' | 'missingPushes'> {
  const differences = watched.map(({ tally, allowed, required }) =>
    tally.compare(allowed, required),
  );
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return {
    rows: sum(watched.map(({ allowed }) => allowed.length)),
    records: sum(watched.map(({ tally }) => tally.records)),
    missing: sum(differences.map(({ missing }) => missing)),
    repeated: sum(differences.map(({ repeated }) => repeated)),
    foreign: sum(differences.map(({ foreign }) => foreign)),
    examples: differences.flatMap(({ examples }) => examples),
  };
}
