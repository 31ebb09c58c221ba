import { HarnessError } from '../harness-error.ts';
import { startClickHouse } from '../clickhouse/start-clickhouse.ts';
import type { ClickHouseHandle, ClickHouseOptions } from '../clickhouse/start-clickhouse.ts';
import { buildImage } from '../image/build-image.ts';
import { startKafka } from '../kafka/start-kafka.ts';
import type { KafkaHandle } from '../kafka/start-kafka.ts';
import { startKubernetes } from '../kubernetes/start-kubernetes.ts';
import type { KubernetesHandle } from '../kubernetes/start-kubernetes.ts';
import { setting } from '../settings.ts';
import { allOf } from './all-of.ts';

/** Everything that an exporter needs around it, ready for `deployOperator`. */
export interface Environment {
  readonly kubernetes: KubernetesHandle;
  readonly kafka: KafkaHandle;
  readonly clickHouse: ClickHouseHandle;
  /** Name of the project's image, which the cluster has or can pull. */
  readonly image: string;
  /** Brokers as pods reach them, over SASL_SSL. */
  readonly podEndpoints: readonly string[];
  /** ClickHouse as pods reach it. */
  readonly podClickHouseUrl: string;
  /** An address of this machine that pods reach; undefined where only the user's own parts are used. */
  readonly podAddress: string | undefined;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a cluster with a node, Kafka and ClickHouse and gives the node the image, or takes the user's own:
 * TEST_KUBECONFIG with TEST_IMAGE, TEST_KAFKA_BOOTSTRAP, TEST_CLICKHOUSE_URL. Parts that it starts for the user's
 * own cluster listen on TEST_POD_ADDRESS. What has started is stopped again when another part fails.
 */
export async function startEnvironment(
  options: Pick<ClickHouseOptions, 'engine'> = {},
): Promise<Environment> {
  const parts = new Parts();
  try {
    return await start(parts, options);
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

async function start(
  parts: Parts,
  options: Pick<ClickHouseOptions, 'engine'>,
): Promise<Environment> {
  requireOwnSettings();
  const ownImage = setting('TEST_IMAGE');
  // The cluster first: the others listen on an address that comes with it.
  const [kubernetes, built] = await allOf(
    parts.add(startKubernetes({ nodes: true })),
    ownImage === undefined ? buildImage() : Promise.resolve(undefined),
  );
  const podAddress = kubernetes.nodeAddress ?? setting('TEST_POD_ADDRESS');
  const onPodAddress = podAddress === undefined ? {} : { podAddress };
  const [kafka, clickHouse] = await allOf(
    parts.add(startKafka(onPodAddress)),
    parts.add(startClickHouse({ ...onPodAddress, ...options })),
    built === undefined ? Promise.resolve() : kubernetes.loadImage(built.archivePath),
  );
  return {
    kubernetes,
    kafka,
    clickHouse,
    image: ownImage ?? built?.name ?? '',
    podEndpoints: (kafka.podSaslBootstrap ?? '').split(','),
    podClickHouseUrl: clickHouse.podUrl ?? '',
    podAddress,
    stop: () => parts.stop(),
  };
}

/** A cluster of the user's has its images from a registry, and its pods reach this machine as only the user knows. */
function requireOwnSettings(): void {
  if (setting('TEST_KUBECONFIG') === undefined) return;
  if (setting('TEST_IMAGE') === undefined) {
    throw new HarnessError(
      'With TEST_KUBECONFIG, set TEST_IMAGE to the name of an image that the cluster can pull: build the Dockerfile and push it there.',
    );
  }
  const startsNone =
    setting('TEST_KAFKA_BOOTSTRAP') !== undefined && setting('TEST_CLICKHOUSE_URL') !== undefined;
  if (startsNone || setting('TEST_POD_ADDRESS') !== undefined) return;
  throw new HarnessError(
    'With TEST_KUBECONFIG, set TEST_POD_ADDRESS to the address at which the cluster’s pods reach this machine, or TEST_KAFKA_BOOTSTRAP and TEST_CLICKHOUSE_URL to servers that they reach.',
  );
}

class Parts {
  readonly #started: { readonly stop: () => Promise<void> }[] = [];

  async add<Part extends { readonly stop: () => Promise<void> }>(
    starting: Promise<Part>,
  ): Promise<Part> {
    const part = await starting;
    this.#started.push(part);
    return part;
  }

  /** Stops them, the last started first. */
  async stop(): Promise<void> {
    for (const part of this.#started.splice(0).reverse()) await part.stop();
  }
}
