import { exporterConfig } from '../exporter/exporter-config.ts';
import { createRandom } from '../faults/random.ts';
import { ClickHouseModel } from './clickhouse-model.ts';
import { type ExporterProcess, startExporterProcess, type World } from './exporter-process.ts';
import { KafkaModel } from './kafka/kafka-model.ts';
import type { Fault, Plan } from './plan.ts';
import { SimulatedTime } from './simulated-time.ts';

/** The result of a simulation. */
export interface Outcome {
  readonly guarantee: Plan['guarantee'];
  readonly rows: number;
  /** How many rows were not delivered in time. */
  readonly missing: number;
  /** How many records were delivered more often than their rows are stored. */
  readonly repeated: number;
  /** Simulated milliseconds from the end of the faults until all rows were delivered; undefined when they never were. */
  readonly recoveredMs: number | undefined;
  /** The longest simulated time after the last fault in which nothing was delivered although rows were missing. */
  readonly standstillMs: number;
  /** The problems that the exporters report at the end. */
  readonly problems: readonly string[];
  /** The bytes that each broker has taken. */
  readonly bytes: readonly number[];
  /** How many transactions took longer than their time-out. */
  readonly timeouts: number;
}

/** Time of day when a simulation begins, which is the beginning of a block. */
const START_MS = 1_700_000_000_000;
const TOPIC = 'records';
const DATA_SOURCE = 'flow_log.l7_flow_log';
const PARTITIONS = 3;
const BROKERS = 3;
/** The smallest quota of a broker, in bytes a second. */
const QUOTA_MIN = 300;
/** How often it is checked whether all rows are delivered. */
const CHECK_MS = 5_000;

/** Runs a plan until all rows are delivered after its last fault, or the time for that is over. */
export async function simulate(plan: Plan): Promise<Outcome> {
  const time = new SimulatedTime();
  const random = createRandom(plan.seed ^ 0x5eed);
  const kafka = new KafkaModel(time, random, BROKERS);
  const config = exporterConfig({
    clickHouse: {
      settleSeconds: plan.settleSeconds,
      latenessSeconds: plan.latenessSeconds,
      startFrom: new Date(START_MS - plan.backlogSeconds * 1000).toISOString(),
    },
    kafka: { checkpointTopic: 'checkpoints', maxRequestBytes: 20_000 },
    other: {
      dataSources: [DATA_SOURCE],
      exportFields: ['_id'],
      topic: TOPIC,
      universalTagTranslateToNameDisabled: true,
      delivery: { guarantee: plan.guarantee, shards: plan.shards },
    },
  });
  kafka.createTopic(TOPIC, PARTITIONS);
  const clickHouse = new ClickHouseModel(time, random);
  const { quotaBytesPerSecond } = plan;
  const world = { quotaBytesPerSecond, time, random, kafka, clickHouse, config, startMs: START_MS };
  kafka.setQuota(plan.quotaBytesPerSecond);
  for (const { id, second, atMs } of plan.rows) {
    time.after(atMs, () => {
      clickHouse.insert({ id, second: START_MS / 1000 + second });
    });
  }
  const running = Array.from({ length: plan.pods }, () => startExporterProcess(world));
  for (const fault of plan.faults) {
    time.after(fault.atMs, () => {
      inject(world, running, fault);
    });
  }
  await time.runUntil(plan.endMs);
  let left = difference(clickHouse, kafka);
  let standstillMs = 0;
  let progressMs = time.nowMs;
  while (left.missing > 0 && time.nowMs < plan.endMs + plan.recoveryMs) {
    await time.runUntil(time.nowMs + CHECK_MS);
    const { missing } = left;
    left = difference(clickHouse, kafka);
    standstillMs = Math.max(standstillMs, time.nowMs - progressMs);
    if (left.missing < missing) progressMs = time.nowMs;
  }
  const recoveredMs = left.missing === 0 ? time.nowMs - plan.endMs : undefined;
  // Rows are read again until their seconds are final. No row may be delivered again.
  await time.runUntil(time.nowMs + (plan.settleSeconds + plan.latenessSeconds) * 1_000 + CHECK_MS);
  left = difference(clickHouse, kafka);
  const problems = running
    .filter(({ clock }) => !clock.isDead)
    .flatMap(({ health }) => health.problems().map(({ message }) => message));
  for (const each of running) each.dispose();
  return {
    guarantee: plan.guarantee,
    ...left,
    rows: clickHouse.rows.length,
    recoveredMs,
    standstillMs,
    problems,
    bytes: kafka.quotas.map(({ bytes }) => bytes),
    timeouts: kafka.transactions.timeouts,
  };
}

/** A world, with the quota that its brokers have when no fault changes it. */
type FaultyWorld = World & Pick<Plan, 'quotaBytesPerSecond'>;

/** How many records a consumer of committed records misses, and how many it reads too often. */
function difference(
  clickHouse: ClickHouseModel,
  kafka: KafkaModel,
): { readonly missing: number; readonly repeated: number } {
  const left = new Map<number, number>();
  for (const { id } of clickHouse.rows) left.set(id, (left.get(id) ?? 0) + 1);
  let repeated = 0;
  for (const { value } of kafka.committed(TOPIC)) {
    const id = Number(/"_id":(\d+)/.exec(value?.toString('latin1') ?? '')?.[1]);
    const count = left.get(id) ?? 0;
    if (count === 0) repeated++;
    else left.set(id, count - 1);
  }
  return { missing: [...left.values()].reduce((sum, count) => sum + count, 0), repeated };
}

function inject(world: FaultyWorld, running: ExporterProcess[], fault: Fault): void {
  const { kafka, clickHouse, time } = world;
  const { ms } = fault;
  const alive = running.filter(({ clock }) => !clock.isDead);
  const target = alive[fault.which % Math.max(1, alive.length)];
  const over = (end: () => void): void => {
    time.after(ms, end);
  };
  switch (fault.kind) {
    case 'an exporter is killed and started again':
      target?.kill();
      over(() => running.push(startExporterProcess(world)));
      return;
    case 'an exporter is stopped and another one started':
      running.push(startExporterProcess(world));
      target?.stop();
      return;
    case 'another exporter starts':
      running.push(startExporterProcess(world));
      return;
    case 'an exporter stands still':
      target?.clock.pause(ms);
      return;
    case 'the clock of an exporter is ahead':
      target?.clock.jump(ms);
      over(() => target?.clock.jump(-ms));
      return;
    case 'a broker stops':
      kafka.stopBroker(fault.which % kafka.brokers, ms);
      return;
    case 'requests and answers get lost':
      kafka.lose(fault.share);
      over(() => {
        kafka.lose(0);
      });
      return;
    case 'Kafka is slow':
      kafka.slowDown(1 + fault.share * 1_000);
      over(() => {
        kafka.slowDown(1);
      });
      return;
    case 'the brokers have a quota':
      kafka.setQuota(QUOTA_MIN * 1_000 ** (1 - fault.share));
      over(() => {
        kafka.setQuota(world.quotaBytesPerSecond);
      });
      return;
    case 'the checkpoint topic is compacted':
      kafka.compact(world.config.kafka.checkpointTopic);
      return;
    case 'queries break off':
      clickHouse.fail(fault.share);
      over(() => {
        clickHouse.fail(0);
      });
      return;
    case 'ClickHouse is slow':
      clickHouse.slowDown(1 + fault.share * 100);
      over(() => {
        clickHouse.slowDown(1);
      });
      return;
    case 'ClickHouse stops answering':
      clickHouse.stopAnswering(ms);
      return;
  }
}
