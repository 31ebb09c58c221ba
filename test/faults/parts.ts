import type { EngineVersion } from '../harness/clickhouse/engine-versions.ts';
import { type ClickHouseHandle, startClickHouse } from '../harness/clickhouse/start-clickhouse.ts';
import { createSchema } from '../harness/generator/generate.ts';
import { type KafkaHandle, startKafka } from '../harness/kafka/start-kafka.ts';
import { freePorts } from '../harness/process/free-ports.ts';
import { openRun, type Run } from '../harness/process/run.ts';
import { type BrokenAnswers, startBrokenAnswers } from './broken-answers.ts';
import { type Proxy, startProxy } from './proxy.ts';
import { createUser, type User } from './user.ts';

/** What is there for a schedule. */
export interface Parts extends LastingParts, ClickHouseParts {}

/** What lasts over all schedules of a run. */
interface LastingParts {
  readonly kafka: KafkaHandle;
  /** One for each broker, in their order; exporters reach brokers through them alone. */
  readonly brokerProxies: readonly Proxy[];
  /** `host:port` of each of them. */
  readonly endpoints: readonly string[];
  /** The exporters' user in Kafka. */
  readonly user: User;
  /** Holds the exporters' files and logs. */
  readonly run: Run;
}

/** One ClickHouse, and what stands before it. */
interface ClickHouseParts {
  readonly clickHouse: ClickHouseHandle;
  /** The addresses at which exporters reach it. */
  readonly addresses: readonly Address[];
}

/** One address of ClickHouse: a proxy, and behind it answers that can be broken. */
interface Address {
  readonly url: string;
  readonly proxy: Proxy;
  readonly answers: BrokenAnswers;
}

/** The parts of a run of schedules. */
export interface AllParts {
  /** Those of a schedule; a ClickHouse starts with the first schedule that wants it, and lasts. */
  on(engine: EngineVersion): Promise<Parts>;
  stop(): Promise<void>;
}

const BROKERS = 3;
/** The most addresses of ClickHouse in a schedule. */
export const ADDRESSES_MAX = 3;

type OnStop = (end: () => Promise<void>) => void;

/** Starts three brokers, with proxies of ours before them. */
export async function startParts(): Promise<AllParts> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  const onStop: OnStop = (end) => {
    stops.push(end);
  };
  const started = new Map<EngineVersion, ClickHouseParts>();
  try {
    const lasting = await startLasting(onStop);
    return {
      on: async (engine) => {
        const clickHouse = started.get(engine) ?? (await startClickHouseParts(engine, onStop));
        started.set(engine, clickHouse);
        return { ...lasting, ...clickHouse };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startClickHouseParts(
  engine: EngineVersion,
  onStop: OnStop,
): Promise<ClickHouseParts> {
  const clickHouse = await startClickHouse({ engine });
  onStop(clickHouse.stop);
  await createSchema(clickHouse);
  const addresses: Address[] = [];
  while (addresses.length < ADDRESSES_MAX) addresses.push(await openAddress(clickHouse, onStop));
  return { clickHouse, addresses };
}

async function openAddress({ url }: ClickHouseHandle, onStop: OnStop): Promise<Address> {
  const [answersPort = 0, port = 0] = await freePorts(2);
  const answers = await startBrokenAnswers(answersPort, url);
  onStop(() => answers.close());
  const proxy = await startProxy({ listen: port, target: answersPort });
  onStop(() => proxy.close());
  return { url: `http://127.0.0.1:${port}`, proxy, answers };
}

async function startLasting(onStop: OnStop): Promise<LastingParts> {
  const brokerPorts = await freePorts(BROKERS);
  const kafka = await startKafka({ brokers: BROKERS, advertisedSaslPorts: brokerPorts });
  onStop(kafka.stop);
  if (kafka.brokers.length === 0) throw new Error('The fault suite needs brokers of its own.');
  const targets = kafka.saslBootstrap.split(',').map((endpoint) => Number(endpoint.split(':')[1]));
  const brokerProxies: Proxy[] = [];
  for (const [index, listen] of brokerPorts.entries()) {
    const proxy = await startProxy({ listen, target: targets[index] ?? 0 });
    onStop(() => proxy.close());
    brokerProxies.push(proxy);
  }
  const run = await openRun('faults');
  onStop(run.stop);
  return {
    kafka,
    brokerProxies,
    endpoints: brokerPorts.map((port) => `127.0.0.1:${port}`),
    user: await createUser(kafka),
    run,
  };
}
