import { exporterConfig } from '../exporter/exporter-config.ts';
import {
  DEEPFLOW_ENGINE,
  type EngineVersion,
  NEWEST_ENGINE,
} from '../harness/clickhouse/engine-versions.ts';
import { type ClickHouseHandle, startClickHouse } from '../harness/clickhouse/start-clickhouse.ts';
import { createSchema, insertRows } from '../harness/generator/generate.ts';
import { type KafkaHandle, startKafka } from '../harness/kafka/start-kafka.ts';
import { openRun, type Run as HarnessRun } from '../harness/process/run.ts';
import { untilStatus } from '../integration/exporter/exporter-under-test.ts';
import { buildCommand, type ExporterProcess, startExporterProcess } from './exporter-process.ts';
import { cpuMicrosOf, cpuMicrosOfFamily, type Figure, figureOf, MICROS } from './measure.ts';

const L7 = 'flow_log.l7_flow_log';
const ROWS = 600_000;
/** The engine compiles the hot path while the first ones are exported. */
const WARM_ROWS = 200_000;
const INSERTED_AT_ONCE = 20_000;
/** Seconds over which the rows are spread: 1500 a second. */
const SPAN_SECONDS = 400;
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
  readonly peakBytes: number;
}

/**
 * The whole path, from ClickHouse's table to committed records: the exporter as it runs in a pod, with names for ids and
 * codes, between the real engine and a real broker, over PLAINTEXT; from the ClickHouse that DeepFlow installs and from
 * the newest. Each candidate exports the same calls from its own
 * start, in turn and again; what it needs for the first third of them does not count.
 */
export async function benchPath(print: (line: string) => void): Promise<readonly Figure[]> {
  const run = await openRun('bench-path');
  const kafka = await startKafka();
  const clickHouses: { readonly engine: EngineVersion; readonly clickHouse: ClickHouseHandle }[] =
    [];
  try {
    const command = await buildCommand(run);
    const endMicros = (Math.floor(Date.now() / 1_000) - 100) * MICROS;
    for (const engine of [DEEPFLOW_ENGINE, NEWEST_ENGINE]) {
      const clickHouse = await startClickHouse({ engine });
      clickHouses.push({ engine, clickHouse });
      print(`inserting ${ROWS} rows into ClickHouse ${engine}`);
      await fill(clickHouse, endMicros);
    }
    const runs = new Map<string, Run[]>();
    for (let round = 1; round <= ROUNDS; round++) {
      for (const candidate of CANDIDATES) {
        for (const { engine, clickHouse } of clickHouses) {
          const name = `${engine} ${candidate.name}`;
          const parts = { clickHouse, kafka, run, command };
          const found = await runCandidate(parts, { ...candidate, name }, round);
          runs.set(name, [...(runs.get(name) ?? []), found]);
        }
      }
      print(`round ${round} of ${ROUNDS} is done`);
    }
    print(tableOf(runs));
    return [...runs].flatMap(([name, all]) => figuresOf(name, all));
  } finally {
    await kafka.stop();
    for (const { clickHouse } of clickHouses) await clickHouse.stop();
    await run.stop();
  }
}

async function fill(clickHouse: ClickHouseHandle, endMicros: number): Promise<void> {
  await createSchema(clickHouse);
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
}

interface Parts {
  readonly clickHouse: ClickHouseHandle;
  readonly kafka: KafkaHandle;
  readonly run: HarnessRun;
  readonly command: string;
}

async function runCandidate(parts: Parts, candidate: Candidate, round: number): Promise<Run> {
  const { clickHouse, kafka, run, command } = parts;
  const name = `${candidate.name.replaceAll(' ', '-')}-${round}`;
  const prefix = `bench-${name}.`;
  const topic = `${prefix}${L7}`;
  await kafka.createTopic(topic, PARTITIONS);
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
  const exporter = await startExporterProcess(run, command, { name, config, clickHouse });
  const cpu = (): Omit<Cpu, 'ms'> => ({
    exporter: exporter.cpuMicros(),
    broker: cpuMicrosOf(kafka.brokers[0]?.processId() ?? process.pid),
    clickHouse: cpuMicrosOfFamily(clickHouse.processId ?? process.pid),
  });
  const status = (): ReturnType<ExporterProcess['status']> => exporter.status();
  const first = await untilStatus(status, ({ recordsExported }) => recordsExported >= WARM_ROWS);
  const before = { ...cpu(), ms: performance.now() };
  const last = await untilStatus(status, ({ recordsExported }) => recordsExported >= ROWS);
  const after = { ...cpu(), ms: performance.now() };
  const records = last.recordsExported - first.recordsExported;
  const perRecord = (of: (at: Cpu) => number): number => (of(after) - of(before)) / records;
  const result: Run = {
    recordsPerSecond: 1_000 / perRecord(({ ms }) => ms),
    exporterCpuMicros: perRecord(({ exporter: micros }) => micros),
    brokerCpuMicros: perRecord(({ broker }) => broker),
    clickHouseCpuMicros: perRecord(({ clickHouse: micros }) => micros),
    peakBytes: exporter.peakResidentBytes(),
  };
  await exporter.stop();
  if (last.recordsExported !== ROWS) throw new Error(`${last.recordsExported} records of ${ROWS}`);
  await kafka.withAdmin((admin) => admin.deleteTopics({ topics: [topic, `${prefix}checkpoints`] }));
  return result;
}

/** CPU time used so far, in microseconds, and when that was. */
interface Cpu {
  readonly exporter: number;
  readonly broker: number;
  readonly clickHouse: number;
  readonly ms: number;
}

const FIGURES = {
  cpu: { unit: 'records/CPU s of the exporter', of: (run: Run) => MICROS / run.exporterCpuMicros },
  rate: { unit: 'records/s', of: (run: Run) => run.recordsPerSecond },
  clickHouse: { unit: 'CPU µs of ClickHouse a record', of: (run: Run) => run.clickHouseCpuMicros },
  broker: { unit: 'CPU µs of the broker a record', of: (run: Run) => run.brokerCpuMicros },
  memory: { unit: 'MB resident at most', of: (run: Run) => run.peakBytes / 1_000_000 },
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
