import { randomBytes } from 'node:crypto';
import { dump } from 'js-yaml';
import { z } from 'zod';
import { FLOW_LOGS } from '../harness/generator/flow-logs.ts';
import { statusReportSchema } from '../../src/exporter/contract/status-report.ts';
import type { ConditionType } from '../../src/operator/api/status/conditions.ts';
import { kafkaExporterStatus } from '../../src/operator/api/kafka-exporter.ts';
import { HTTP_PORT } from '../../src/operator/desired/deployment.ts';
import { until } from '../lib/until.ts';
import type { Environment } from '../harness/environment/start-environment.ts';
import { readTopic, type TopicReader } from '../harness/kafka/topic-reader.ts';

/** A login to Kafka. */
interface Login {
  readonly username: string;
  readonly password: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Differences of a test's exporter from a valid exporter. */
export interface ExporterChanges {
  /** Fields that replace fields of the spec. */
  readonly spec?: Json;
  /** Contents of its Secrets; undefined: the Secret is not created. */
  readonly secrets?: Readonly<
    Partial<Record<SecretRole, Readonly<Record<string, string>> | undefined>>
  >;
  /** False: its topics are not created. */
  readonly topics?: false;
}

type SecretRole = 'kafka' | 'ca' | 'clickhouse';

/** The part of a pod's state that tests check. */
interface PodState {
  readonly name: string;
  readonly uid: string;
  readonly restarts: number;
}

/** A KafkaExporter with its own topics, Secrets and names. */
export interface ExporterUnderTest {
  readonly name: string;
  /** Waits until a condition has this reason. @returns its status and message. @throws with all conditions. */
  reason(type: ConditionType, reason: string): Promise<{ status: string; message: string }>;
  credentials(): Promise<{ desiredRevision: number; appliedRevision?: number | undefined }>;
  pods(): Promise<readonly PodState[]>;
  /** Merges fields into the spec. */
  change(spec: Json): Promise<void>;
  /** Sets the number of pods as a user does. */
  scale(replicas: number): Promise<void>;
  /** The shards that each pod exports now; of a pod that does not answer, none. */
  shards(): Promise<readonly (readonly number[])[]>;
  writeSecret(role: SecretRole, contents: Readonly<Record<string, string>>): Promise<void>;
  createTopics(): Promise<void>;
  /** A reader for each data source, in the order of `FLOW_LOGS`. */
  read(): Promise<readonly TopicReader[]>;
  /** Names of all objects in the namespace that have its label, including pods. */
  owned(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** Creates exporters in one namespace of the environment. */
export interface Exporters {
  readonly namespace: string;
  /** A valid login of a user that all exporters may share. */
  readonly user: Login;
  create(name: string, changes?: ExporterChanges): Promise<ExporterUnderTest>;
  /** Adds a SCRAM user with the same rights as the shared user. */
  createUser(username: string): Promise<Login>;
  /** Gives a user of Kafka the rights of the shared user. */
  readonly grant: (username: string) => Promise<void>;
  /** Runs kubectl in the namespace. */
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
}

const label = 'export.deepflow.io/exporter';
const ownedKinds = 'deployments,replicasets,pods,configmaps,secrets,services,serviceaccounts';
const reasonSeconds = 120;
/** How long a test waits for pods. Those of several exporters start at the same time, on a machine that does other work. */
export const PODS = { deadlineMs: reasonSeconds * 1_000 };
const partitions = 4;

/** Creates a namespace, and a Kafka user that may write to the topics and the checkpoint topics of its exporters. */
export async function openExporters(
  environment: Environment,
  namespace = `e2e-${randomBytes(3).toString('hex')}`,
): Promise<Exporters> {
  const { clickHouse, kafka, kubernetes } = environment;
  const grant = (username: string): Promise<void> =>
    kafka.grant(
      username,
      {
        resource: 'topic',
        name: `${namespace}.`,
        pattern: 'prefixed',
        operations: ['describe', 'write'],
      },
      {
        resource: 'topic',
        name: `deepflow-export.${namespace}.`,
        pattern: 'prefixed',
        operations: ['create', 'describe', 'read', 'write'],
      },
      {
        resource: 'transactional-id',
        name: `deepflow-export.${namespace}.`,
        pattern: 'prefixed',
        operations: ['describe', 'write'],
      },
      {
        resource: 'group',
        name: `deepflow-export.${namespace}.`,
        pattern: 'prefixed',
        operations: ['read'],
      },
    );
  const createUser = async (username: string): Promise<Login> => {
    const password = randomBytes(9).toString('base64url');
    await kafka.setScramUser(username, password);
    await grant(username);
    return { username, password };
  };
  await kubernetes.kubectl(['create', 'namespace', namespace]);
  const user = await createUser(`${namespace}-shared`);
  return {
    namespace,
    user,
    createUser,
    grant,
    kubectl: (...args) => kubernetes.kubectl(['--namespace', namespace, ...args]),
    create: async (name, changes = {}) => {
      const exporter = exporterUnderTest(environment, namespace, name);
      if (changes.topics !== false) await exporter.createTopics();
      const secrets = {
        kafka: { ...user },
        ca: { 'ca.crt': kafka.caPem },
        clickhouse: { username: clickHouse.username, password: clickHouse.password },
        ...changes.secrets,
      };
      const documents: Json[] = [];
      for (const role of ['kafka', 'ca', 'clickhouse'] as const) {
        const contents = secrets[role];
        if (contents !== undefined) documents.push(secret(namespace, `${name}-${role}`, contents));
      }
      documents.push({
        apiVersion: 'export.deepflow.io/v1alpha1',
        kind: 'KafkaExporter',
        metadata: { name, namespace },
        spec: { ...rightSpec(environment, namespace, name), ...changes.spec },
      });
      await apply(environment, documents);
      return exporter;
    },
  };
}

function rightSpec(environment: Environment, namespace: string, name: string): Json {
  return {
    dataSources: [...FLOW_LOGS],
    source: { clickHouse: clickHouseOf(environment, name) },
    endpoints: [...environment.podEndpoints],
    topic: `${namespace}.${name}.{dataSource}`,
    flushTimeoutSeconds: 1,
    sasl: { mechanism: 'SCRAM-SHA-512', credentialsSecretRef: { name: `${name}-kafka` } },
    tls: { caSecretRef: { name: `${name}-ca` } },
  };
}

/** `spec.source.clickHouse` of an exporter that reads a second twelve seconds after its end. */
export function clickHouseOf(environment: Environment, name: string, changes: Json = {}): Json {
  return {
    url: environment.podClickHouseUrl,
    credentialsSecretRef: { name: `${name}-clickhouse` },
    settleSeconds: 12,
    ...changes,
  };
}

function secret(namespace: string, name: string, stringData: Json): Json {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData };
}

async function apply(environment: Environment, documents: readonly Json[]): Promise<void> {
  const yaml = documents.map((each) => dump(each)).join('---\n');
  await environment.kubernetes.kubectl(['apply', '-f', '-'], yaml);
}

const liveSchema = z.object({
  metadata: z.object({ generation: z.int() }),
  status: kafkaExporterStatus.default({}),
});
const podsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), uid: z.string() }),
      status: z.object({
        containerStatuses: z.array(z.object({ restartCount: z.int() })).default([]),
      }),
    }),
  ),
});

function exporterUnderTest(
  environment: Environment,
  namespace: string,
  name: string,
): ExporterUnderTest {
  const { kafka } = environment;
  const selector = ['--selector', `${label}=${name}`];
  const kubectl = (...args: string[]): Promise<string> =>
    environment.kubernetes.kubectl(['--namespace', namespace, ...args]);
  const live = async (): Promise<z.infer<typeof liveSchema>> =>
    liveSchema.parse(JSON.parse(await kubectl('get', 'kfx', name, '--output', 'json')));
  const topics = FLOW_LOGS.map((dataSource) => `${namespace}.${name}.${dataSource}`);
  const pods = async (): Promise<readonly PodState[]> => {
    const text = await kubectl('get', 'pods', ...selector, '--output', 'json');
    return podsSchema.parse(JSON.parse(text)).items.map(({ metadata, status: pod }) => ({
      ...metadata,
      restarts: pod.containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    }));
  };
  const shardsOf = async (pod: PodState): Promise<readonly number[]> => {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod.name}:${HTTP_PORT}/proxy/status`;
    const answer = await kubectl('get', '--raw', path).catch(() => undefined);
    return answer === undefined ? [] : statusReportSchema.parse(JSON.parse(answer)).shards;
  };
  return {
    name,
    reason: async (type, reason) => {
      const path = `{.status.conditions[?(@.type=="${type}")].reason}`;
      const wanted = `--for=jsonpath=${path}=${reason}`;
      try {
        return await until(
          `${type} ${reason}`,
          async () => {
            // It waits with less work than asking again and again, but does not tell of which generation the condition is.
            await kubectl('wait', `kfx/${name}`, wanted, `--timeout=${reasonSeconds}s`);
            const { metadata, status } = await live();
            const found = status.conditions?.find((condition) => condition.type === type);
            const isCurrent =
              found !== undefined && found.observedGeneration === metadata.generation;
            return isCurrent && found.reason === reason
              ? { status: found.status, message: found.message }
              : undefined;
          },
          PODS,
        );
      } catch (cause) {
        const { conditions } = (await live()).status;
        throw new Error(
          `${name}: ${type} never was ${reason}; ${JSON.stringify(conditions, undefined, 2)}`,
          { cause },
        );
      }
    },
    credentials: async () => (await live()).status.credentials ?? { desiredRevision: 0 },
    pods,
    shards: async () => Promise.all((await pods()).map(shardsOf)),
    change: async (spec) => {
      await kubectl('patch', 'kfx', name, '--type=merge', `--patch=${JSON.stringify({ spec })}`);
    },
    scale: async (replicas) => {
      await kubectl('scale', 'kfx', name, `--replicas=${replicas}`);
    },
    writeSecret: (role, contents) =>
      apply(environment, [secret(namespace, `${name}-${role}`, contents)]),
    createTopics: async () => {
      for (const topic of topics) await kafka.createTopic(topic, partitions);
    },
    read: () =>
      Promise.all(
        topics.map((topic) =>
          readTopic({ clientId: 'e2e', brokers: kafka.bootstrap.split(',') }, topic),
        ),
      ),
    owned: async () => {
      const text = await kubectl('get', ownedKinds, ...selector, '--output', 'name');
      return text.split('\n').filter((line) => line !== '');
    },
    remove: async () => {
      await kubectl('delete', 'kfx', name, '--wait=false');
    },
  };
}
