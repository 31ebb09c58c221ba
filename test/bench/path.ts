import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dump } from 'js-yaml';
import { startExporter } from '../../src/exporter/main.ts';
import { exporterConfig } from '../exporter/exporter-config.ts';
import { type ClickHouseHandle, startClickHouse } from '../harness/clickhouse/start-clickhouse.ts';
import { createSchema, insertRows } from '../harness/generator/generate.ts';
import { type KafkaHandle, startKafka } from '../harness/kafka/start-kafka.ts';
import { statusOf, untilStatus } from '../integration/exporter/exporter-under-test.ts';
import { silentLogger } from '../lib/silent-logger.ts';
import { cpuMicrosOf, type Figure, figureOf, MICROS, ownCpuMicros } from './measure.ts';

const L7 = 'flow_log.l7_flow_log';
const ROWS = 300_000;
const INSERTED_AT_ONCE = 20_000;
/** Seconds over which the rows are spread: 1500 a second. */
const SPAN_SECONDS = 200;
const ROUNDS = 3;
const PARTITIONS = 8;

/** What an exporter does with the same rows. */
interface Candidate {
  readonly name: string;
  readonly compression: 'none' | 'lz4' | 'zstd';
  readonly guarantee: 'ExactlyOnce' | 'AtLeastOnce';
  /** True: rows are read when they have just settled, and their hashes are remembered; false: old ones, as when it catches up. */
  readonly isFresh: boolean;
}

const CANDIDATES: readonly Candidate[] = [
  { compression: 'lz4', guarantee: 'ExactlyOnce', isFresh: false },
  { compression: 'lz4', guarantee: 'AtLeastOnce', isFresh: false },
  { compression: 'lz4', guarantee: 'ExactlyOnce', isFresh: true },
  { compression: 'zstd', guarantee: 'ExactlyOnce', isFresh: false },
  { compression: 'zstd', guarantee: 'AtLeastOnce', isFresh: false },
  { compression: 'none', guarantee: 'ExactlyOnce', isFresh: false },
].map((candidate) => ({
  ...candidate,
  name: `${candidate.compression} ${candidate.guarantee}${candidate.isFresh ? ' fresh' : ''}`,
})) as readonly Candidate[];

/** One run of a candidate. */
interface Run {
  readonly recordsPerSecond: number;
  readonly exporterCpuMicros: number;
  readonly brokerCpuMicros: number;
  readonly clickHouseCpuMicros: number;
  readonly residentBytes: number;
}

/**
 * The whole path, from ClickHouse's table to committed records: the exporter in this process, with names for ids and
 * codes, between the real engine and a real broker, over PLAINTEXT. Each candidate exports the same calls from its own
 * start, in turn and again; the first round only warms up.
 */
export async function benchPath(print: (line: string) => void): Promise<readonly Figure[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-path-'));
  const clickHouse = await startClickHouse();
  const kafka = await startKafka();
  try {
    await createSchema(clickHouse);
    const endMicros = (Math.floor(Date.now() / 1_000) - 100) * MICROS;
    print(`inserting ${ROWS} rows`);
    for (let firstRow = 0; firstRow < ROWS; firstRow += INSERTED_AT_ONCE) {
      await insertRows(clickHouse, {
        dataSource: L7,
        seed: 7,
        firstRow,
        rows: INSERTED_AT_ONCE,
        fromMicros: endMicros - SPAN_SECONDS * MICROS,
        toMicros: endMicros,
      });
    }
    const runs = new Map<string, Run[]>(CANDIDATES.map(({ name }) => [name, []]));
    for (let round = 0; round <= ROUNDS; round++) {
      for (const candidate of CANDIDATES) {
        const run = await runCandidate({ clickHouse, kafka, folder }, candidate, round);
        if (round > 0) runs.get(candidate.name)?.push(run);
      }
      print(`round ${round} of ${ROUNDS} is done`);
    }
    print(tableOf(runs));
    return [...runs].flatMap(([name, all]) => figuresOf(name, all));
  } finally {
    await kafka.stop();
    await clickHouse.stop();
    await rm(folder, { recursive: true });
  }
}

interface Parts {
  readonly clickHouse: ClickHouseHandle;
  readonly kafka: KafkaHandle;
  readonly folder: string;
}

async function runCandidate(parts: Parts, candidate: Candidate, round: number): Promise<Run> {
  const { clickHouse, kafka, folder } = parts;
  const prefix = `bench-${candidate.name.replaceAll(' ', '-')}-${round}.`;
  const topic = `${prefix}${L7}`;
  await kafka.createTopic(topic, PARTITIONS);
  const directory = path.join(folder, prefix);
  const credentialsDirectory = path.join(directory, 'credentials');
  await mkdir(credentialsDirectory, { recursive: true });
  await writeFile(path.join(credentialsDirectory, 'clickhouse-username'), clickHouse.username);
  await writeFile(path.join(credentialsDirectory, 'clickhouse-password'), clickHouse.password);
  const configPath = path.join(directory, 'config.yaml');
  const config = exporterConfig({
    clickHouse: {
      url: clickHouse.url,
      authenticated: true,
      settleSeconds: 1,
      latenessSeconds: candidate.isFresh ? 3_600 : 1,
      startFrom: 'Earliest',
    },
    kafka: {
      endpoints: kafka.bootstrap.split(','),
      compression: candidate.compression,
      checkpointTopic: `${prefix}checkpoints`,
    },
    other: {
      topic: `${prefix}{dataSource}`,
      delivery: { guarantee: candidate.guarantee, shards: 16 },
      queueCount: 4,
      queueSize: 100_000,
      batchSize: 1_024,
    },
  });
  await writeFile(configPath, dump(config));
  const exporter = await startExporter({
    configPath,
    credentialsDirectory,
    port: 0,
    logger: silentLogger,
  });
  const status = (): ReturnType<typeof statusOf> => statusOf(exporter.port);
  const first = await untilStatus(status, ({ recordsExported }) => recordsExported > 0);
  const cpuOf = (handle: { readonly processId?: number } | undefined): number =>
    handle?.processId === undefined ? 0 : cpuMicrosOf(handle.processId);
  const brokerCpu = (): number => cpuMicrosOf(kafka.brokers[0]?.processId() ?? process.pid);
  const before = {
    own: ownCpuMicros(),
    broker: brokerCpu(),
    clickHouse: cpuOf(clickHouse),
    ms: performance.now(),
  };
  const last = await untilStatus(status, ({ recordsExported }) => recordsExported >= ROWS);
  const records = last.recordsExported - first.recordsExported;
  const seconds = (performance.now() - before.ms) / 1_000;
  const perRecord = (micros: number): number => micros / records;
  const run: Run = {
    recordsPerSecond: records / seconds,
    exporterCpuMicros: perRecord(ownCpuMicros() - before.own),
    brokerCpuMicros: perRecord(brokerCpu() - before.broker),
    clickHouseCpuMicros: perRecord(cpuOf(clickHouse) - before.clickHouse),
    residentBytes: process.memoryUsage().rss,
  };
  await exporter.stop();
  if (last.recordsExported !== ROWS) throw new Error(`${last.recordsExported} records of ${ROWS}`);
  await kafka.withAdmin((admin) => admin.deleteTopics({ topics: [topic, `${prefix}checkpoints`] }));
  return run;
}

const FIGURES = {
  cpu: { unit: 'records/CPU s of the exporter', of: (run: Run) => MICROS / run.exporterCpuMicros },
  rate: { unit: 'records/s', of: (run: Run) => run.recordsPerSecond },
  clickHouse: { unit: 'CPU µs of ClickHouse a record', of: (run: Run) => run.clickHouseCpuMicros },
  broker: { unit: 'CPU µs of the broker a record', of: (run: Run) => run.brokerCpuMicros },
  memory: { unit: 'MB resident', of: (run: Run) => run.residentBytes / 1_000_000 },
} as const;

function figuresOf(name: string, runs: readonly Run[]): readonly Figure[] {
  return Object.entries(FIGURES).map(([figure, { unit, of }]) =>
    figureOf(
      { name, unit, places: figure === 'clickHouse' || figure === 'broker' ? 1 : 0 },
      runs.map(of),
    ),
  );
}

function tableOf(runs: ReadonlyMap<string, readonly Run[]>): string {
  const width = Math.max(...[...runs.keys()].map((name) => name.length));
  return [...runs]
    .map(([name, all]) => {
      const cells = figuresOf(name, all).map(
        ({ value, unit, min, max }) => `${value} ${unit} (${min}–${max})`,
      );
      return [name.padEnd(width), ...cells].join('  ');
    })
    .join('\n');
}
