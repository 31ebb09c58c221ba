import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type KafkaHandle, startKafka } from '../harness/kafka/start-kafka.ts';
import { jsonRecords } from './json-records.ts';
import {
  cpuMicrosOf,
  endedChildrenCpuMicros,
  type Figure,
  figureOf,
  MICROS,
  ownCpuMicros,
} from './measure.ts';
import {
  type BatchClient,
  CODECS,
  openKafkajsClient,
  openOwnClient,
  runProducerPerformance,
  type SendTarget,
} from './send-candidates.ts';

const PARTITIONS = 4;
/** Batches on their way at once, as `spec.queueCount` has it. */
const LANES = 4;
const BATCH_BYTES = 880_000;
const DISTINCT_RECORDS = 5_000;
const RECORD_BYTES = [1_000, 2_350];
const PROTOCOLS = ['PLAINTEXT', 'SASL_SSL'] as const;
const ROUNDS = 3;
const JAVA = 'ProducerPerformance';
const MS = 1_000;
const MILLION = 1_000_000;

/** Megabytes that a run of a candidate sends: about a second of work, more for Java, whose compiler warms up. */
const MEGABYTES: Readonly<Record<string, number>> = { 'own sender': 120, kafkajs: 30, [JAVA]: 240 };

/** One run of a candidate. */
interface Run {
  readonly recordsPerSecond: number;
  readonly clientCpuMicros: number;
  readonly brokerCpuMicros: number;
  readonly records: number;
}

/** What all candidates of a cell send. */
interface Cell {
  readonly target: SendTarget;
  readonly values: readonly Buffer[];
  readonly recordBytes: number;
  readonly payloadFile: string;
  readonly brokerCpu: () => number;
}

/**
 * Sends the same JSON records to a real broker with the exporter's sender, kafkajs's Producer and Kafka's own
 * `ProducerPerformance`, each in turn and again, all with acks=all, the same codec and batches of about 900 KB. The
 * CPU time of Java is that of its whole process less that of a run in the same round which sends one record: the
 * start of the JVM is taken off, the work of its compiler is not.
 */
export async function benchSend(print: (line: string) => void): Promise<readonly Figure[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-send-'));
  const kafka = await startKafka();
  try {
    const [broker] = kafka.brokers;
    const processId = broker?.processId();
    if (processId === undefined)
      throw new Error('Unset TEST_KAFKA_BOOTSTRAP: the broker is measured.');
    const operations = ['describe', 'write'] as const;
    const { username } = kafka.plainUser;
    await kafka.grant(
      username,
      { resource: 'topic', name: 'bench-', pattern: 'prefixed', operations },
      { resource: 'cluster', name: 'kafka-cluster', operations: ['idempotent-write'] },
    );
    const brokerCpu = (): number => cpuMicrosOf(processId);
    const figures: Figure[] = [];
    for (const recordBytes of RECORD_BYTES) {
      const values = jsonRecords(DISTINCT_RECORDS, recordBytes);
      const payloadFile = path.join(folder, `records-${recordBytes}`);
      await writeFile(payloadFile, `${values.join('\n')}\n`);
      for (const protocol of PROTOCOLS) {
        for (const codec of CODECS) {
          const topic = `bench-${recordBytes}-${protocol}-${codec}`;
          const target = { kafka, protocol, topic, codec };
          const cell = { target, values, recordBytes, payloadFile, brokerCpu };
          figures.push(...(await benchCell(kafka, cell, print)));
        }
      }
    }
    return figures;
  } finally {
    await kafka.stop();
    await rm(folder, { recursive: true });
  }
}

async function benchCell(
  kafka: KafkaHandle,
  cell: Cell,
  print: (line: string) => void,
): Promise<readonly Figure[]> {
  const { codec, protocol, topic } = cell.target;
  await kafka.createTopic(topic, PARTITIONS, { 'file.delete.delay.ms': '0' });
  const own = await openOwnClient(cell.target);
  const other = await openKafkajsClient(cell.target);
  const candidates: readonly (readonly [string, (megabytes: number) => Promise<Run>])[] = [
    ['own sender', (megabytes) => runClient(own, cell, megabytes)],
    ['kafkajs', (megabytes) => runClient(other, cell, megabytes)],
    [JAVA, (megabytes) => runJava(cell, megabytes)],
  ];
  const runs = new Map<string, Run[]>(candidates.map(([name]) => [name, []]));
  let sent = 0;
  try {
    // What compiles and connects at the first run does so here.
    sent += (await runClient(own, cell, 20)).records + (await runClient(other, cell, 10)).records;
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, work] of candidates) {
        const run = await work(MEGABYTES[name] ?? 0);
        sent += run.records + (name === JAVA ? 1 : 0);
        runs.get(name)?.push(run);
      }
    }
  } finally {
    await own.close();
    await other.close();
  }
  await checkStored(kafka, topic, sent);
  await kafka.withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
  const title = `${cell.recordBytes} B ${codec} ${protocol}`;
  const figures = [...runs].flatMap(([name, all]) => figuresOf(`${title} ${name}`, all));
  print(`${title}\n${tableOf(runs)}\n`);
  return figures;
}

/** Sends at least so many megabytes over all lanes, each a partition of its own. */
async function runClient(client: BatchClient, cell: Cell, megabytes: number): Promise<Run> {
  const perBatch = Math.floor(BATCH_BYTES / cell.recordBytes);
  const batches = Math.ceil((megabytes * MILLION) / cell.recordBytes / perBatch);
  let begun = 0;
  const lane = async (partition: number): Promise<void> => {
    while (begun < batches) {
      const from = (begun++ * perBatch) % (cell.values.length - perBatch);
      await client.send(cell.values.slice(from, from + perBatch), partition);
    }
  };
  const before = { client: ownCpuMicros(), broker: cell.brokerCpu(), ms: performance.now() };
  await Promise.all(Array.from({ length: LANES }, (_, partition) => lane(partition)));
  const records = batches * perBatch;
  return {
    records,
    recordsPerSecond: (records / (performance.now() - before.ms)) * MS,
    clientCpuMicros: ownCpuMicros() - before.client,
    brokerCpuMicros: cell.brokerCpu() - before.broker,
  };
}

async function runJava(cell: Cell, megabytes: number): Promise<Run> {
  const { payloadFile, target } = cell;
  const records = Math.ceil((megabytes * MILLION) / cell.recordBytes);
  const cpuOf = async (count: number): Promise<{ cpu: number; broker: number; rate: number }> => {
    const before = { cpu: endedChildrenCpuMicros(), broker: cell.brokerCpu() };
    const rate = await runProducerPerformance(target, count, payloadFile);
    return {
      cpu: endedChildrenCpuMicros() - before.cpu,
      broker: cell.brokerCpu() - before.broker,
      rate,
    };
  };
  const start = await cpuOf(1);
  const whole = await cpuOf(records);
  return {
    records,
    recordsPerSecond: whole.rate,
    clientCpuMicros: whole.cpu - start.cpu,
    brokerCpuMicros: whole.broker - start.broker,
  };
}

/** @throws when the topic does not hold exactly what was sent: a candidate that loses records is no candidate. */
async function checkStored(kafka: KafkaHandle, topic: string, sent: number): Promise<void> {
  const offsets = await kafka.withAdmin((admin) => admin.fetchTopicOffsets(topic));
  const stored = offsets.reduce((all, { high }) => all + Number(high), 0);
  if (stored !== sent) throw new Error(`${topic} holds ${stored} records of ${sent}`);
}

const UNITS = {
  rate: { unit: 'records/s', of: (run: Run) => run.recordsPerSecond, places: 0 },
  client: {
    unit: 'client CPU s/million',
    of: (run: Run) => run.clientCpuMicros / MICROS / (run.records / MILLION),
    places: 2,
  },
  broker: {
    unit: 'broker CPU s/million',
    of: (run: Run) => run.brokerCpuMicros / MICROS / (run.records / MILLION),
    places: 2,
  },
} as const;

function figuresOf(name: string, runs: readonly Run[]): readonly Figure[] {
  return Object.values(UNITS).map(({ unit, of, places }) =>
    figureOf({ name, unit, places }, runs.map(of)),
  );
}

/** Each candidate with its figures, and how many times Java's CPU time its records could be sent in. */
function tableOf(runs: ReadonlyMap<string, readonly Run[]>): string {
  const java = figuresOf(JAVA, runs.get(JAVA) ?? [])[1]?.value ?? 1;
  return [...runs]
    .map(([name, all]) => {
      const [rate, client, broker] = figuresOf(name, all);
      if (rate === undefined || client === undefined || broker === undefined) return name;
      return [
        name.padEnd(JAVA.length),
        `${String(rate.value).padStart(8)} ${rate.unit}`,
        `${client.value.toFixed(2).padStart(7)} ${client.unit} (${client.min}–${client.max})`,
        `${broker.value.toFixed(2).padStart(7)} ${broker.unit}`,
        `× ${(java / client.value).toFixed(2)} of Java`,
      ].join('  ');
    })
    .join('\n');
}
