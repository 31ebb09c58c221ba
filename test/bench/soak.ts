import { setTimeout as sleep } from 'node:timers/promises';
import { exporterConfig } from '../exporter/exporter-config.ts';
import { type ClickHouseHandle, startClickHouse } from '../harness/clickhouse/start-clickhouse.ts';
import { createSchema, insertRows } from '../harness/generator/generate.ts';
import { startKafka } from '../harness/kafka/start-kafka.ts';
import { readTopic, type TopicReader } from '../harness/kafka/topic-reader.ts';
import { openRun } from '../harness/process/run.ts';
import { until } from '../lib/until.ts';
import { buildCommand, type ExporterProcess, startExporterProcess } from './exporter-process.ts';
import { type Figure, figureOf, MICROS } from './measure.ts';

const L7 = 'flow_log.l7_flow_log';
const TOPIC = `soak.${L7}`;
const ROWS_A_SECOND = 5_000;
/** As `spec.source.clickHouse` has them unless it says otherwise. */
const TIMING = { settleSeconds: 30, latenessSeconds: 180 };
const SAMPLE_SECONDS = 10;
/** Samples before are those of a process that fills its caches. */
const WARM_SAMPLES = 12;
const IDLE_SECONDS = 120;
const MINUTES = 60;
const MS = 1_000;
const MEGABYTE = 1_000_000;

/** What is seen of the exporter every ten seconds. */
interface Sample {
  readonly residentMegabytes: number;
  readonly cpuPercent: number;
}

/**
 * An exporter under a steady load of calls that come in time, for long, and then with nothing to do: its memory, its CPU
 * time, and how long after `settleSeconds` a reader of committed records has them.
 *
 * @param minutes how long the load lasts.
 */
export async function benchSoak(
  print: (line: string) => void,
  minutes = MINUTES,
): Promise<readonly Figure[]> {
  const run = await openRun('bench-soak');
  const clickHouse = await startClickHouse();
  const kafka = await startKafka();
  try {
    await createSchema(clickHouse);
    // What was read may go: an hour of it would fill a disk.
    const shortLived = { 'retention.ms': '120000', 'segment.ms': '60000' };
    await kafka.createTopic(TOPIC, 8, shortLived);
    const config = exporterConfig({
      clickHouse: { url: clickHouse.url, authenticated: true, startFrom: 'Now', ...TIMING },
      kafka: { endpoints: kafka.bootstrap.split(','), checkpointTopic: 'soak.checkpoints' },
      other: { topic: 'soak.{dataSource}', delivery: { guarantee: 'ExactlyOnce', shards: 16 } },
    });
    const command = await buildCommand(run);
    const exporter = await startExporterProcess(run, command, {
      name: 'exporter',
      config,
      clickHouse,
    });
    const reader = await readTopic({ brokers: kafka.bootstrap.split(',') }, TOPIC);
    const loaded = new AbortController();
    const inserting = insertSteadily(clickHouse, loaded.signal);
    const { samples, delays } = await watch({ exporter, reader, print }, minutes);
    loaded.abort();
    const inserted = await inserting;
    await settled(exporter, inserted);
    print('nothing to do from now on');
    const idle = await idlePercent(exporter);
    await reader.stop();
    await exporter.stop();
    const seen = figures({ samples, delays, idle, inserted });
    for (const { name, value, unit, min, max } of seen) {
      print(`${name}: ${value} ${unit} (${min}–${max})`);
    }
    return seen;
  } finally {
    await kafka.stop();
    await clickHouse.stop();
    await run.stop();
  }
}

/** Inserts the rows of each second when it is over; answers how many there are at the end. */
async function insertSteadily(clickHouse: ClickHouseHandle, signal: AbortSignal): Promise<number> {
  let rows = 0;
  for (let second = Math.floor(Date.now() / MS) + 1; !signal.aborted; second++) {
    await sleep(Math.max(0, (second + 1) * MS - Date.now()));
    await insertRows(clickHouse, {
      dataSource: L7,
      seed: 11,
      firstRow: rows,
      rows: ROWS_A_SECOND,
      fromMicros: second * MICROS,
      toMicros: (second + 1) * MICROS,
    });
    rows += ROWS_A_SECOND;
  }
  return rows;
}

interface Watched {
  readonly exporter: ExporterProcess;
  readonly reader: TopicReader;
  readonly print: (line: string) => void;
}

/** Samples the exporter, and says how long each record took. */
async function watch(
  { exporter, reader, print }: Watched,
  minutes: number,
): Promise<{ readonly samples: readonly Sample[]; readonly delays: readonly number[] }> {
  const samples: Sample[] = [];
  const delays: number[] = [];
  const end = Date.now() + minutes * 60 * MS;
  let cpu = exporter.cpuMicros();
  let sampledMs = Date.now();
  while (Date.now() < end) {
    await sleep(50);
    const now = Date.now();
    for (const timestamp of reader.drain().timestamps) {
      // A second is settled so long after its end.
      const settledMs = (Math.floor(timestamp / MS) + 1 + TIMING.settleSeconds) * MS;
      if (samples.length >= WARM_SAMPLES) delays.push((now - settledMs) / MS);
    }
    if (now - sampledMs < SAMPLE_SECONDS * MS) continue;
    const cpuNow = exporter.cpuMicros();
    const cpuPercent = (cpuNow - cpu) / ((now - sampledMs) * 10);
    samples.push({ residentMegabytes: exporter.residentBytes() / MEGABYTE, cpuPercent });
    cpu = cpuNow;
    sampledMs = now;
    if (samples.length % 30 === 0) print(lineOf(samples.slice(-30), exporter));
  }
  return { samples, delays };
}

function lineOf(samples: readonly Sample[], exporter: ExporterProcess): string {
  const { value } = figureOf(
    { name: '', unit: '' },
    samples.map(({ residentMegabytes }) => residentMegabytes),
  );
  const peak = Math.round(exporter.peakResidentBytes() / MEGABYTE);
  return `${new Date().toISOString()}  resident ${value} MB, at most ${peak} MB since its start`;
}

/** Waits until all rows are exported. */
async function settled(exporter: ExporterProcess, rows: number): Promise<void> {
  // The rows of the seconds before it started are not its own.
  const own = rows - 3 * ROWS_A_SECOND;
  await until(`${own} records`, async () => (await exporter.status()).recordsExported, {
    isWanted: (records) => records >= own,
    deadlineMs: 2 * (TIMING.settleSeconds + TIMING.latenessSeconds) * MS,
  });
  await sleep((TIMING.latenessSeconds + SAMPLE_SECONDS) * MS);
}

async function idlePercent(exporter: ExporterProcess): Promise<number> {
  const before = exporter.cpuMicros();
  await sleep(IDLE_SECONDS * MS);
  return ((exporter.cpuMicros() - before) / (IDLE_SECONDS * MICROS)) * 100;
}

interface Seen {
  readonly samples: readonly Sample[];
  readonly delays: readonly number[];
  readonly idle: number;
  readonly inserted: number;
}

function figures({ samples, delays, idle, inserted }: Seen): readonly Figure[] {
  const warm = samples.slice(WARM_SAMPLES);
  const memory = warm.map(({ residentMegabytes }) => residentMegabytes);
  const third = Math.floor(memory.length / 3);
  const sorted = Float64Array.from(delays).sort();
  const quantile = (share: number): number =>
    sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  const one = (name: string, unit: string, value: number, places = 2): Figure =>
    figureOf({ name, unit, places }, [value]);
  return [
    figureOf({ name: 'memory', unit: 'MB resident' }, memory),
    figureOf({ name: 'memory, first third', unit: 'MB resident' }, memory.slice(0, third)),
    figureOf({ name: 'memory, last third', unit: 'MB resident' }, memory.slice(-third)),
    figureOf(
      { name: 'CPU under load', unit: '% of a core', places: 1 },
      warm.map(({ cpuPercent }) => cpuPercent),
    ),
    one('CPU with nothing to do', '% of a core', idle),
    one('from settled to read, median', 's', quantile(0.5)),
    one('from settled to read, p99', 's', quantile(0.99)),
    one('from settled to read, longest', 's', sorted.at(-1) ?? Number.NaN),
    one('rows', 'rows', inserted, 0),
  ];
}
