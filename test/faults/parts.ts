import { type ClickHouseHandle, startClickHouse } from '../harness/clickhouse/start-clickhouse.ts';
import { createSchema } from '../harness/generator/generate.ts';
import { type KafkaHandle, startKafka } from '../harness/kafka/start-kafka.ts';
import { freePorts } from '../harness/process/free-ports.ts';
import { openRun, type Run } from '../harness/process/run.ts';
import { type BrokenAnswers, startBrokenAnswers } from './broken-answers.ts';
import { type Proxy, startProxy } from './proxy.ts';
import { createUser, type User } from './user.ts';

/** What lasts over all schedules of a run. */
export interface Parts {
  readonly kafka: KafkaHandle;
  readonly clickHouse: ClickHouseHandle;
  /** One for each broker, in their order; exporters reach brokers through them alone. */
  readonly brokerProxies: readonly Proxy[];
  /** `host:port` of each of them. */
  readonly endpoints: readonly string[];
  /** Exporters reach ClickHouse through this proxy, and behind it `answers`. */
  readonly clickHouseProxy: Proxy;
  readonly answers: BrokenAnswers;
  readonly clickHouseUrl: string;
  /** The exporters' user in Kafka. */
  readonly user: User;
  /** Holds the exporters' files and logs. */
  readonly run: Run;
  stop(): Promise<void>;
}

const BROKERS = 3;

/** Starts three brokers and ClickHouse, with proxies of ours before them. */
export async function startParts(): Promise<Parts> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    return await start(stop, (end) => {
      stops.push(end);
    });
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  stop: Parts['stop'],
  onStop: (end: () => Promise<void>) => void,
): Promise<Parts> {
  const [answersPort = 0, clickHousePort = 0, ...brokerPorts] = await freePorts(2 + BROKERS);
  const kafka = await startKafka({ brokers: BROKERS, advertisedSaslPorts: brokerPorts });
  onStop(kafka.stop);
  if (kafka.brokers.length === 0) throw new Error('The fault suite needs brokers of its own.');
  const clickHouse = await startClickHouse();
  onStop(clickHouse.stop);
  await createSchema(clickHouse);
  const targets = kafka.saslBootstrap.split(',').map((endpoint) => Number(endpoint.split(':')[1]));
  const brokerProxies: Proxy[] = [];
  for (const [index, listen] of brokerPorts.entries()) {
    const proxy = await startProxy({ listen, target: targets[index] ?? 0 });
    onStop(() => proxy.close());
    brokerProxies.push(proxy);
  }
  const answers = await startBrokenAnswers(answersPort, clickHouse.url);
  onStop(() => answers.close());
  const clickHouseProxy = await startProxy({ listen: clickHousePort, target: answersPort });
  onStop(() => clickHouseProxy.close());
  const run = await openRun('faults');
  onStop(run.stop);
  return {
    kafka,
    clickHouse,
    brokerProxies,
    endpoints: brokerPorts.map((port) => `127.0.0.1:${port}`),
    clickHouseProxy,
    answers,
    clickHouseUrl: `http://127.0.0.1:${clickHousePort}`,
    user: await createUser(kafka),
    run,
    stop,
  };
}
