import { FLOW_LOGS } from '../../test/harness/generator/flow-logs.ts';
import { defaultCheckpointTopic } from '../../src/operator/desired/names.ts';
import { allOf } from '../../test/harness/environment/all-of.ts';
import {
  deployOperator,
  operatorLog,
  removeOperator,
} from '../../test/harness/environment/deploy-operator.ts';
import type { Environment } from '../../test/harness/environment/start-environment.ts';
import type { RowStream } from '../../test/harness/generator/stream.ts';
import { HarnessError } from '../../test/harness/harness-error.ts';
import { readTopic } from '../../test/harness/kafka/topic-reader.ts';
import type { TopicReader } from '../../test/harness/kafka/topic-reader.ts';
import { setting } from '../../test/harness/settings.ts';
import { kafkaConfigOf } from './consumer-configs.ts';
import { EXAMPLE, fillExample } from './fill-example.ts';
import type { FilledExample } from './fill-example.ts';
import { createFlowLogTables, LATE_SECONDS_MAX, startFlowLogs } from './prepare-clickhouse.ts';
import type { RowsOptions } from './prepare-clickhouse.ts';
import { prepareKafka, topicName } from './prepare-kafka.ts';
import type { PreparedKafka, ReaderLogin } from './prepare-kafka.ts';
import type { Steps } from './steps.ts';

/** A running exporter, the streams of rows that it exports, and readers of its records. */
export interface Demo {
  /** In the order of `FLOW_LOGS`, like `readers`. */
  readonly streams: readonly RowStream[];
  readonly readers: readonly TopicReader[];
  /** How others read the records. */
  readonly readerLogin: ReaderLogin;
}

/** Functions that undo changes to the user's own parts. Parts that the quickstart started are removed as a whole. */
export type CleanUps = (() => Promise<void>)[];

const settleSeconds = 4;

/**
 * Deploys the operator, starts to write rows into ClickHouse and applies the example. Resolves when the KafkaExporter is
 * Ready. Adds functions to `cleanUps` that undo its changes; the caller runs the last one first.
 */
export async function startDemo(
  environment: Environment,
  options: {
    readonly rows: RowsOptions;
    readonly steps: Steps;
    readonly cleanUps: CleanUps;
    readonly interrupted: AbortSignal;
  },
): Promise<Demo> {
  const { clickHouse, kafka, kubernetes } = environment;
  const { cleanUps, interrupted, rows, steps } = options;
  const checkpointTopic = defaultCheckpointTopic(EXAMPLE, '');
  const [prepared] = await allOf(
    steps.step('Kafka has topics, and users with only the rights that they need', () =>
      prepareKafka(kafka, checkpointTopic, undoIn('TEST_KAFKA_BOOTSTRAP', cleanUps)),
    ),
    steps.step('ClickHouse has DeepFlow’s tables', () =>
      createFlowLogTables(clickHouse, undoIn('TEST_CLICKHOUSE_URL', cleanUps)),
    ),
    steps.step('The operator runs (kubectl apply -k deploy, with the image’s name)', () =>
      deploy(environment, cleanUps),
    ),
  );
  interrupted.throwIfAborted();
  const startFrom = new Date(Date.now() - LATE_SECONDS_MAX * 1000 - 1000);
  const streams = startFlowLogs(clickHouse, rows);
  cleanUps.push(async () => {
    for (const stream of streams) await stream.stop();
  });
  const example = exampleFor(environment, prepared, startFrom);
  steps.print('\nNow the resource (examples/flow-logs.yaml, filled in):\n');
  steps.print(example.kafkaExporter.replaceAll(/^/gm, '    ').trimEnd());
  await kubernetes.kubectl(['apply', '-f', '-'], example.all);
  const readers = readRecords(prepared, cleanUps);
  await steps.step('The KafkaExporter is Ready', () => waitUntilReady(environment));
  return { streams, readers: await readers, readerLogin: prepared.reader };
}

/** Adds clean-ups only for the user's own parts, which stay. The harness removes its own parts as a whole. */
function undoIn(variable: string, cleanUps: CleanUps): (cleanUp: () => Promise<void>) => void {
  return (cleanUp) => {
    if (setting(variable) !== undefined) cleanUps.push(cleanUp);
  };
}

async function deploy(environment: Environment, cleanUps: CleanUps): Promise<void> {
  const { kubectl } = environment.kubernetes;
  const isOwn = setting('TEST_KUBECONFIG') !== undefined;
  if (isOwn) {
    await refuseExisting(kubectl, 'crd', 'kafkaexporters.export.deepflow.io');
    await refuseExisting(kubectl, 'namespace', EXAMPLE.namespace);
    cleanUps.push(
      () => removeOperator(kubectl, environment.image),
      async () => {
        await kubectl(['delete', 'namespace', EXAMPLE.namespace, '--ignore-not-found']);
      },
    );
  }
  await deployOperator(kubectl, environment.image);
}

async function refuseExisting(
  kubectl: Environment['kubernetes']['kubectl'],
  kind: string,
  name: string,
): Promise<void> {
  if ((await kubectl(['get', kind, name, '--ignore-not-found', '--output', 'name'])) === '') return;
  throw new HarnessError(
    `The cluster of TEST_KUBECONFIG already has the ${kind} ${name}, which the quickstart would change and then remove: set TEST_KUBECONFIG to another cluster, or unset it.`,
  );
}

function exampleFor(
  environment: Environment,
  prepared: PreparedKafka,
  startFrom: Date,
): FilledExample {
  const { clickHouse, kafka } = environment;
  return fillExample({
    endpoints: environment.podEndpoints,
    kafkaUser: prepared.exporter,
    caPem: kafka.caPem,
    clickHouseUrl: environment.podClickHouseUrl,
    clickHouseUser: { username: clickHouse.username, password: clickHouse.password },
    settleSeconds,
    flushTimeoutSeconds: 1,
    startFrom: startFrom.toISOString(),
  });
}

function readRecords(prepared: PreparedKafka, cleanUps: CleanUps): Promise<TopicReader[]> {
  return Promise.all(
    FLOW_LOGS.map(async (dataSource) => {
      const reader = await readTopic(kafkaConfigOf(prepared.reader), topicName(dataSource));
      cleanUps.push(() => reader.stop());
      return reader;
    }),
  );
}

const readyTimeout = '--timeout=120s';

async function waitUntilReady(environment: Environment): Promise<void> {
  const { kubectl } = environment.kubernetes;
  const resource = ['--namespace', EXAMPLE.namespace, `kfx/${EXAMPLE.name}`];
  try {
    await kubectl(['wait', '--for=condition=Ready', ...resource, readyTimeout]);
  } catch (cause) {
    const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].message}';
    const said = await kubectl(['get', ...resource, '--output', path]).catch(() => '');
    const why =
      said === ''
        ? `it has no condition Ready; log of the operator: ${await operatorLog(kubectl)}`
        : `its condition Ready says: ${said}`;
    throw new HarnessError(`The KafkaExporter did not become Ready in two minutes; ${why}`, {
      cause,
    });
  }
}
