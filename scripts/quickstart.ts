import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ENGINES, type EngineVersion } from '../test/harness/clickhouse/engine-versions.ts';
import { FLOW_LOGS } from '../test/harness/generator/flow-logs.ts';
import { startEnvironment } from '../test/harness/environment/start-environment.ts';
import type { Environment } from '../test/harness/environment/start-environment.ts';
import { HarnessError } from '../test/harness/harness-error.ts';
import { untilSignal } from '../test/harness/process/until-signal.ts';
import { setting } from '../test/harness/settings.ts';
import { checkOnce } from './quickstart/check-once.ts';
import { writeKcatConfig } from './quickstart/consumer-configs.ts';
import { EXAMPLE } from './quickstart/fill-example.ts';
import { topicName } from './quickstart/prepare-kafka.ts';
import { showLive } from './quickstart/show-live.ts';
import { describeRecord } from './quickstart/show-record.ts';
import { startDemo } from './quickstart/start-demo.ts';
import type { CleanUps } from './quickstart/start-demo.ts';
import { createSteps } from './quickstart/steps.ts';
import type { Steps } from './quickstart/steps.ts';

// `npm run quickstart`: exports generated DeepFlow rows from ClickHouse to Kafka on this machine. See docs/quickstart.md.

interface Options {
  readonly once: boolean;
  readonly records: number;
  readonly rate: number;
  readonly engine?: EngineVersion;
}

const lastStepMs = 5_000;

/** Runs the demonstration until it ends or `interrupted` aborts, and then cleans up. */
async function quickstart(options: Options, interrupted: AbortSignal): Promise<void> {
  const steps = createSteps();
  const cleanUps: CleanUps = [];
  const work = demonstrate(options, { steps, cleanUps, interrupted });
  try {
    await untilAborted(work, interrupted);
  } finally {
    // Waits for the running step, so that it does not create objects while they are removed.
    await Promise.race([work.catch(() => undefined), sleep(lastStepMs)]);
    await steps.step('Everything is cleaned up', async () => {
      for (const cleanUp of cleanUps.reverse()) {
        await cleanUp().catch((error: unknown) => {
          steps.print(`  clean-up failed: ${String(error)}`);
        });
      }
    });
  }
}

async function demonstrate(
  options: Options,
  context: {
    readonly steps: Steps;
    readonly cleanUps: CleanUps;
    readonly interrupted: AbortSignal;
  },
): Promise<void> {
  const { steps, cleanUps, interrupted } = context;
  const environment = await steps.talkingStep(
    'Kubernetes, Kafka, ClickHouse and the image are ready',
    () => startEnvironment(options.engine === undefined ? {} : { engine: options.engine }),
  );
  cleanUps.push(environment.stop);
  interrupted.throwIfAborted();
  const rowsMax = options.once ? Math.ceil(options.records / FLOW_LOGS.length) : undefined;
  const rows = { rowsPerSecond: options.rate, rowsMax };
  const demo = await startDemo(environment, { rows, steps, cleanUps, interrupted });
  const reader = demo.readers[FLOW_LOGS.indexOf('flow_log.l7_flow_log')];
  if (reader !== undefined) steps.print(`\nA record:\n\n${await describeRecord(reader)}\n`);
  if (options.once) {
    await checkOnce(demo, environment.clickHouse, steps);
    steps.print(`\nDone after ${steps.seconds().toFixed(0)} s.\n`);
    return;
  }
  const kcat = await writeKcatConfig(demo.readerLogin);
  cleanUps.push(kcat.remove);
  steps.print(lookFurther(environment, kcat.path));
  await showLive(demo, interrupted);
}

/** Resolves when `work` resolves or the signal aborts. Fails if the work fails first. */
async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  await Promise.race([work, aborted]);
}

function lookFurther(environment: Environment, kcatConfig: string): string {
  const { kubeconfigPath, kubectlPath } = environment.kubernetes;
  return [
    'To look around, in another terminal:',
    '',
    `  export KUBECONFIG=${kubeconfigPath}`,
    ...(kubectlPath.includes('/') ? [`  export PATH=${dirname(kubectlPath)}:$PATH`] : []),
    '  kubectl get kfx --all-namespaces',
    `  kubectl --namespace ${EXAMPLE.namespace} describe kfx ${EXAMPLE.name}`,
    `  kubectl --namespace ${EXAMPLE.namespace} logs deployment/${EXAMPLE.name}-exporter`,
    '',
    ...lookIntoKafka(environment.kafka, kcatConfig),
    '',
    'Press Ctrl-C to end and clean up.',
    '',
  ].join('\n');
}

/** The user's own Kafka has no listener without a login. */
function lookIntoKafka(kafka: Environment['kafka'], kcatConfig: string): readonly string[] {
  const topic = topicName('flow_log.l7_flow_log');
  const login =
    setting('TEST_KAFKA_BOOTSTRAP') === undefined ? `-b ${kafka.bootstrap}` : `-F ${kcatConfig}`;
  return [
    'The last five records (kcat is a Debian package):',
    '',
    `  kcat ${login} -C -t ${topic} -o -5 -e`,
    '',
    `Kafka listens with TLS and logins on ${kafka.saslBootstrap}; ${kcatConfig}`,
    'has the address, the CA and the login of a consumer.',
  ];
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 2 && count <= 1_000_000) return count;
  throw new InvalidArgumentError('must be an integer from 2 to 1000000.');
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (Number.isInteger(rate) && rate >= 1 && rate <= 2_000) return rate;
  throw new InvalidArgumentError('must be an integer from 1 to 2000.');
}

const program = new Command('quickstart')
  .description(
    'Starts Kubernetes, Kafka and ClickHouse, deploys the operator, and exports generated DeepFlow records.',
  )
  .option('--once', 'check a number of records and end, instead of running until Ctrl-C', false)
  .addOption(
    new Option('--records <count>', 'with --once: records in total')
      .argParser(parseCount)
      .default(5_000),
  )
  .addOption(
    new Option('--rate <rows>', 'rows per second into each table')
      .argParser(parseRate)
      .default(200),
  )
  .addOption(
    new Option(
      '--engine <version>',
      'version of ClickHouse; every version except the newest needs Python 3 with pip',
    ).choices(ENGINES),
  )
  .action(async (options: Options) => {
    const interrupted = new AbortController();
    // While the parts start, a signal ends this process, and the harness's reaper removes the started parts.
    void untilSignal().then(() => {
      interrupted.abort();
    });
    await quickstart(options, interrupted.signal);
  });

try {
  await program.parseAsync();
  process.exit(0);
} catch (error) {
  const isExpected = error instanceof HarnessError && setting('DEBUG') === undefined;
  process.stderr.write(
    `quickstart: ${isExpected ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  );
  process.exit(1);
}
